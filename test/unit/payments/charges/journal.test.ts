/** The entries that are stored of a claim that has ended. */
import { expect, it } from 'vitest'
import type { Claim, Claims } from '../../../../payments/charges/claims.ts'
import { createChargeJournal } from '../../../../payments/charges/journal.ts'
import type { Outbox } from '../../../../payments/outbox.ts'
import type { PaymentCredential } from '../../../../src/contract/wire.ts'

const bound = { id: 'c', realm: 'shop', method: 'tempo', intent: 'charge', request: 'e30' }
const much = 'x'.repeat(10_000)
const credential: PaymentCredential = {
  challenge: { ...bound, description: much },
  payload: { type: 'hash', hash: '0x1' },
  source: much,
}
const order = { credential, credentialHash: 'h', requestId: 'req' }
const given = { id: 'c', state: 'claimed', order, raw: '0x76', receipt: null } as Claim

/** A journal over claims that only note what is stored. */
function journalOver(claims: Partial<Claims>) {
  const storage = { transactionSync: (step: () => void) => step() } as DurableObjectStorage
  return createChargeJournal(storage, claims as Claims, {} as Outbox)
}

it('a claim that is delivered keeps no text of its payer: neither the proof nor what could fill the storage', () => {
  const stored: Claim[] = []
  journalOver({ put: (claim) => void stored.push(claim) }).delivered(given)
  const kept = { credential: { challenge: bound, payload: {} }, credentialHash: 'h' }
  expect(stored).toMatchObject([{ id: 'c', state: 'delivered', raw: null }])
  expect(stored[0]?.order).toEqual({ ...kept, requestId: 'req' })
})

it('of a claim that is released nothing is kept but how often its challenge was tried', () => {
  const stored: unknown[] = []
  const claims: Partial<Claims> = {
    dropAnswer: () => undefined,
    put: (claim) => void stored.push(claim),
    release: (...kept) => void stored.push(kept),
  }
  journalOver(claims).released({ ...given, attempts: 3 })
  expect(stored).toEqual([['c', 3]])
})
