/** The steps of a claim that the ledger must know of: each is written with its event, whole or not at all. */
import type { Receipt } from '../../src/contract/wire.ts'
import type { LedgerEvent } from '../ledger.ts'
import type { Outbox } from '../outbox.ts'
import type { Claim, Claims } from './claims.ts'

export type ChargeJournal = ReturnType<typeof createChargeJournal>

/** The journal of one object. */
export function createChargeJournal(storage: DurableObjectStorage, claims: Claims, outbox: Outbox) {
  function note(claim: Claim, kind: LedgerEvent['kind']): void {
    const { id: challengeId, order, payer, mode, hash: transaction } = claim
    const { amount, currency, row, requestId } = order
    const about = { challengeId, row, requestId, payer, mode, transaction }
    outbox.note({ kind, amount, currency, ...about })
  }

  return {
    /** A payment is good: its amount is held. */
    authorized(claim: Claim): void {
      storage.transactionSync(() => {
        note(claim, 'claim')
        claims.put({ ...claim, state: 'authorized' })
      })
    },

    /** A payment that has not moved is let go. Throws for one that has. */
    released(claim: Claim): void {
      if (claim.receipt !== null) throw new Error('a payment that has moved cannot be let go')
      storage.transactionSync(() => {
        if (claim.state !== 'claimed') note(claim, 'release')
        claims.dropAnswer(claim.id)
        claims.put({ ...withoutProof(claim), state: 'released', hash: null, heldUntil: 0 })
      })
    },

    /** A payment has moved. Whoever finds out first writes it; it happens once. */
    settled(id: string, receipt: Receipt): void {
      const claim = claims.get(id)
      if (claim === null) throw new Error('a payment was settled that was not claimed')
      if (claim.receipt !== null) return
      const hash = claim.hash ?? (claim.mode === 'proof' ? null : receipt.reference)
      storage.transactionSync(() => {
        note({ ...claim, hash }, 'settlement')
        claims.put({ ...claim, state: 'settled', hash, receipt })
      })
    },

    /** A payment has moved, and there was no answer: it is owed. */
    undelivered(claim: Claim): void {
      storage.transactionSync(() => {
        note(claim, 'undelivered')
        claims.put({ ...claim, state: 'undelivered', heldUntil: 0 })
      })
    },

    /** The answer is on its way: the payment is used. */
    delivered(claim: Claim): void {
      storage.transactionSync(() => {
        if (claim.state === 'undelivered') note(claim, 'retry')
        claims.put({ ...withoutProof(claim), state: 'delivered' })
      })
    },
  }
}

/**
 * A proof that is of no more use is a secret to be forgotten; and what else the payer has written, and no challenge
 * binds, would only fill the storage.
 */
function withoutProof(claim: Claim): Claim {
  const { id, realm, method, intent, request } = claim.order.credential.challenge
  const credential = { challenge: { id, realm, method, intent, request }, payload: {} }
  return { ...claim, order: { ...claim.order, credential }, raw: null }
}
