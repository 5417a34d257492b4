/** The entries that are stored of a claim that has ended. */
import { expect, it } from 'vitest'
import type { Claim, Claims } from '../../../../payments/charges/claims.ts'
import { createChargeJournal } from '../../../../payments/charges/journal.ts'
import type { Outbox } from '../../../../payments/outbox.ts'
import type { PaymentCredential } from '../../../../src/contract/wire.ts'

const bound = { id: 'c', realm: 'shop', method: 'tempo', intent: 'charge', request: 'e30' }

it.each(['released', 'delivered'] as const)(
  'a claim that is %s keeps no text of its payer: neither the proof nor what could fill the storage',
  (end) => {
    const much = 'x'.repeat(10_000)
    const credential: PaymentCredential = {
      challenge: { ...bound, description: much },
      payload: { type: 'hash', hash: '0x1' },
      source: much,
    }
    const order = { credential, credentialHash: 'h', requestId: 'req' }
    const given = { id: 'c', state: 'claimed', order, raw: '0x76', receipt: null } as Claim
    let stored: Claim | null = null
    const claims: Partial<Claims> = {
      dropAnswer: () => undefined,
      put: (claim) => {
        stored = claim
      },
    }
    const storage = { transactionSync: (step: () => void) => step() } as DurableObjectStorage
    createChargeJournal(storage, claims as Claims, {} as Outbox)[end](given)
    const kept = { credential: { challenge: bound, payload: {} }, credentialHash: 'h' }
    expect(stored).toMatchObject({ id: 'c', state: end, raw: null })
    expect((stored as Claim | null)?.order).toEqual({ ...kept, requestId: 'req' })
  },
)
