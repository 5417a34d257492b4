/**
 * The state changes of a claim that the ledger must know of: each is stored in one transaction
 * with its ledger event, so that neither exists without the other.
 */
import type { DurableObjectStorage } from '@cloudflare/workers-types'
import type { Receipt } from '../../src/contract/wire.ts'
import { debtEventId } from '../../src/store/ledger/refundStatements.ts'
import type { LedgerEvent } from '../ledger.ts'
import type { Outbox } from '../outbox.ts'
import type { Claim, Claims } from './claims.ts'

export type ChargeJournal = ReturnType<typeof createChargeJournal>

export function createChargeJournal(storage: DurableObjectStorage, claims: Claims, outbox: Outbox) {
  function note(claim: Claim, kind: LedgerEvent['kind'], eventId?: string): void {
    const { id: challengeId, order, payer, mode, hash: transaction } = claim
    const { amount, currency, row, requestId } = order
    const about = { challengeId, row, requestId, payer, mode, transaction }
    outbox.note({ kind, amount, currency, ...about }, eventId)
  }

  return {
    /** The payment is good: its amount is held. */
    authorized(claim: Claim): void {
      storage.transactionSync(() => {
        note(claim, 'claim')
        claims.put({ ...claim, state: 'authorized' })
      })
    },

    /** The payment has not moved, and is given back. Throws for a payment that has moved. */
    released(claim: Claim): void {
      if (claim.receipt !== null) throw new Error('a payment that has moved cannot be released')
      storage.transactionSync(() => {
        if (claim.state !== 'claimed') note(claim, 'release')
        claims.dropAnswer(claim.id)
        claims.release(claim.id, claim.attempts)
      })
    },

    /**
     * The payment is good, but an earlier payment pays instead: this one is never sent. Nothing of
     * it is in the ledger, because its amount was never held.
     */
    spared(claim: Claim, sparedFor: string): void {
      if (claim.state !== 'claimed') throw new Error('only an unsent payment can be spared')
      claims.put({ ...withoutProof(claim), state: 'spared', hash: null, heldUntil: 0, sparedFor })
    },

    /**
     * The payment has moved. A request and the alarm may both find that out: only the first one
     * changes anything. Throws if there is no such claim.
     */
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

    /** The payment has moved, and its answer was not given: the answer is owed. */
    undelivered(claim: Claim): void {
      storage.transactionSync(() => {
        note(claim, 'undelivered')
        const owedAt = claim.owedAt ?? Date.now()
        claims.put({ ...claim, state: 'undelivered', heldUntil: 0, owedAt })
      })
    },

    /**
     * The time in which an owed answer can be had is over: the claim is forgotten, and its money is
     * to go back. An operator may have booked that before.
     */
    expired(claim: Claim): void {
      storage.transactionSync(() => {
        note(claim, 'expiry', debtEventId('expiry', claim.id))
        claims.forget(claim.id)
      })
    },

    /** The money has gone back to the payer, as the ledger says: nothing can be had for it. */
    refunded(claim: Claim): void {
      storage.transactionSync(() => {
        claims.dropAnswer(claim.id)
        claims.put({ ...withoutProof(claim), state: 'refunded', heldUntil: 0 })
      })
    },

    /** The answer is on its way to the client: the payment is used. */
    delivered(claim: Claim): void {
      storage.transactionSync(() => {
        if (claim.state === 'undelivered') note(claim, 'retry')
        claims.put({ ...withoutProof(claim), state: 'delivered' })
      })
    },
  }
}

/**
 * A claim that has ended, without its proof, which is a secret of no more use, and without the
 * text of the payer that no challenge binds, which would only fill the storage.
 */
function withoutProof(claim: Claim): Claim {
  const { id, realm, method, intent, request } = claim.order.credential.challenge
  const credential = { challenge: { id, realm, method, intent, request }, payload: {} }
  return { ...claim, order: { ...claim.order, credential }, raw: null }
}
