/**
 * Checks the payment of a claim, moves the payment, or releases the claim.
 * See docs/decisions/0008.
 */
import type { ChargeOrder, Opened, Settled } from '../../src/contract/charge.ts'
import type { Receipt } from '../../src/contract/wire.ts'
import { logError } from '../../src/lib/log.ts'
import { askPatiently, DOUBT_MS } from '../chain/patience.ts'
import { isUnanswered, isUnavailable } from '../chain/unavailable.ts'
import type { PaymentsEnv } from '../env.ts'
import { checkEnd, type PaymentMethod, type VerifyContext } from '../methods/method.ts'
import type { Outbox } from '../outbox.ts'
import { refusePayment } from '../refusal.ts'
import type { Claim, Claims } from './claims.ts'
import type { Debts, Instead } from './debts.ts'
import { HOLD_MS } from './holds.ts'
import type { ChargeJournal } from './journal.ts'
import { feeBudgetOf, usedTransactionsOf } from './peers.ts'
import type { Pending } from './pending.ts'
import { answerOf, refusedBy } from './verdicts.ts'

/** The parts of an object that its checkout uses. */
export interface CheckoutParts {
  env: PaymentsEnv
  claims: Claims
  journal: ChargeJournal
  outbox: Outbox
  debts: Debts
  pending: Pending
  methodOf: (order: ChargeOrder) => PaymentMethod
  /** Keeps the object alive for work that goes on after its answer. */
  waitUntil: (work: Promise<unknown>) => void
}

export type Checkout = ReturnType<typeof createCheckout>

export function createCheckout(parts: CheckoutParts) {
  const { env, claims, journal, outbox, debts, pending, methodOf, waitUntil } = parts
  /** The chain's answers about each payment in progress, memoised by the challenge's id. */
  const memories = new Map<string, Map<string, Promise<unknown>>>()

  const feeBudget = () => feeBudgetOf(env.CHARGES)
  /** Each try has a fee of its own, which stays counted whatever becomes of the next try. */
  const tryIdOf = ({ id, attempts }: Claim) => `${id} ${attempts}`

  function contextOf(claim: Claim): VerifyContext {
    const { id, order } = claim
    const memory = memories.get(id) ?? new Map<string, Promise<unknown>>()
    memories.set(id, memory)
    const usedTransactions = (hash: string) => usedTransactionsOf(env.CHARGES, hash)
    return {
      rpcUrl: env.RPC_URL,
      feePayerKey: env.FEE_PAYER_KEY,
      memory,
      takeFee: (fee) =>
        answerOf(async () => feeBudget().takeFee(tryIdOf(claim), fee, order.sponsor?.perDay ?? 0)),
      onSend: (raw, hash) => {
        const current = claims.heldBy(id, order.requestId)
        if (current?.state !== 'authorized') throw new Error('nothing is sent without the claim')
        claims.put({ ...current, state: 'pending', raw, hash, sentAt: Date.now() })
      },
      claimTransaction: (hash) =>
        answerOf(async () => usedTransactions(hash).takeTransaction(hash, id)),
      releaseTransaction: async (hash) => usedTransactions(hash).dropTransaction(hash, id),
    }
  }

  /** Releases a claim of which nothing was sent; `isTry`: it counts as a try of the challenge. */
  function release(claim: Claim, isTry = true): void {
    journal.released(isTry ? claim : { ...claim, attempts: claim.attempts - 1 })
    forgetUnsent(claim)
  }

  /** Gives back what the check of a payment has taken that will not be sent. */
  function forgetUnsent(claim: Claim): void {
    memories.delete(claim.id)
    // A fee that is not given back now is free again tomorrow.
    if (claim.order.sponsor !== null) waitUntil(feeBudget().dropFee(tryIdOf(claim)))
  }

  /**
   * Ends a verified payment for which an earlier payment gives something instead: a payment that
   * has moved is owed from now on, and one that has not is never sent.
   */
  function standBack(claim: Claim, { earlier, opened }: Instead): Opened {
    const own = claims.heldBy(claim.id, claim.order.requestId)
    if (own?.state === 'claimed') {
      if (opened.state === 'paid' || opened.state === 'replayed') {
        journal.spared(own, earlier)
        forgetUnsent(own)
      } else release(own, false)
    }
    if (own?.state !== 'settled' || own.receipt === null) return opened
    const moved = own.receipt
    journal.undelivered(own)
    if (opened.state === 'refused') return opened
    if (opened.state !== 'paid') return { ...opened, moved }
    const { debt } = opened
    return debt === undefined ? opened : { ...opened, debt: { ...debt, moved } }
  }

  /** Releases a claim of which nothing was sent, and turns the error into the payer's answer. */
  function releaseAfterError(claim: Claim, error: unknown): Opened & Settled {
    const own = claims.heldBy(claim.id, claim.order.requestId)
    const unavailable = isUnavailable(error)
    if (own?.state === 'claimed' || own?.state === 'authorized') {
      // A chain that does not answer costs the payer no try.
      release(own, !unavailable)
    }
    if (!unavailable) return refusedBy(error, claim.order)
    logError('chain_unavailable', error)
    if (!isUnanswered(error)) return { state: 'unavailable' }
    return Date.now() < claim.order.expiresAt + DOUBT_MS
      ? { state: 'pending' }
      : refusePayment('payment-expired', 'The chain does not show the payment.')
  }

  /**
   * Ends a request without an answer: a payment that has moved is owed, and an unsent one is
   * released. `isWorking`: it may be being checked, and a push stays, because it may have moved.
   */
  function fail(challengeId: string, requestId: string, isWorking = false): void {
    const claim = claims.heldBy(challengeId, requestId)
    if (claim === null) return
    const { state } = claim
    const mayHaveMoved = isWorking && claim.mode === 'push'
    if (state === 'authorized' || (state === 'claimed' && !mayHaveMoved)) release(claim)
    if (state === 'settled') journal.undelivered(claim)
    if (state === 'undelivered' || state === 'pending') claims.put({ ...claim, heldUntil: 0 })
  }

  /** Ends a request after a failure of ours, which costs the payer no try. */
  function giveUp({ id, order }: Claim): void {
    const own = claims.heldBy(id, order.requestId)
    if (own?.state === 'claimed') release(own, false)
    else fail(id, order.requestId)
  }

  /**
   * Returns the outcome of a payment for the request that holds its claim. If the outcome is still
   * unknown, the hold ends, so that the client can ask again.
   */
  function outcome(challengeId: string, requestId: string): Settled {
    const claim = claims.heldBy(challengeId, requestId)
    if (claim === null) {
      return claims.get(challengeId) === null
        ? refusePayment('verification-failed', 'The payment did not go through.')
        : { state: 'pending' }
    }
    const { receipt, payer } = claim
    if (receipt !== null) {
      claims.put({ ...claim, heldUntil: Date.now() + HOLD_MS })
      return { state: 'paid', payer, receipt }
    }
    claims.put({ ...claim, heldUntil: 0 })
    return { state: 'pending' }
  }

  return {
    release,
    fail,
    outcome,

    /** Ends the claims whose requests are gone. `now` is in epoch milliseconds. */
    endHolds(now: number): void {
      for (const state of ['claimed', 'authorized', 'settled'] as const)
        for (const claim of claims.inState(state))
          if (now >= claim.heldUntil) fail(claim.id, claim.order.requestId)
    },

    /** Forgets the chain's answers about a payment that is over. */
    forget: (challengeId: string): void => void memories.delete(challengeId),

    /**
     * Checks the payment of a new claim, and writes it to the ledger. Null: the payment must be
     * moved before the origin is asked.
     */
    async authorize(claim: Claim): Promise<Opened | null> {
      const { order } = claim
      let receipt: Receipt | null = null
      let good: Claim
      try {
        const method = methodOf(order)
        const valid = await askPatiently(() => method.validate(order, contextOf(claim)))
        receipt = valid.receipt
        if (receipt === null && valid.endsAt !== undefined) checkEnd(order, valid.endsAt)
        // If the hold expired while the chain was asked, another request may own the claim: do not
        // overwrite it.
        if (claims.heldBy(claim.id, order.requestId)?.state !== 'claimed')
          return { state: 'pending' }
        // The hold starts here, so that the chain's time is not taken from the origin's.
        const { payer, raw = null } = valid
        good = { ...claim, payer, raw, heldUntil: Date.now() + HOLD_MS }
      } catch (error) {
        return releaseAfterError(claim, error)
      }
      // A payment that has moved is in the books before anything else is asked.
      if (receipt === null) claims.put(good)
      else {
        journal.authorized(good)
        journal.settled(claim.id, receipt)
      }
      try {
        const instead = await debts.find(order, good.payer)
        if (instead !== null) return standBack(good, instead)
      } catch (error) {
        logError('debts_unavailable', error)
        giveUp(claim)
        return { state: 'unavailable' }
      }
      if (receipt === null) {
        if (claims.heldBy(claim.id, order.requestId)?.state !== 'claimed')
          return { state: 'pending' }
        journal.authorized({ ...good, heldUntil: Date.now() + HOLD_MS })
      }
      try {
        // Without a ledger that has the claim, nothing is sold.
        await outbox.write()
      } catch (error) {
        logError('ledger_unavailable', error)
        fail(claim.id, order.requestId)
        return { state: 'unavailable' }
      }
      if (receipt === null && order.settle === 'before') return null
      // The ledger may have taken so long that another request holds the claim.
      const authorized = claims.heldBy(claim.id, order.requestId)
      if (authorized?.state !== 'authorized') return outcome(claim.id, order.requestId)
      return { state: 'authorized', payer: authorized.payer }
    },

    /** Moves the payment of an authorized claim. Null: `outcome` says what became of it. */
    async move(claim: Claim): Promise<Settled | null> {
      const { id, order } = claim
      const held = { ...claim, heldUntil: Date.now() + HOLD_MS }
      claims.put(held)
      try {
        journal.settled(id, await methodOf(order).broadcast(held, contextOf(held)))
      } catch (error) {
        const current = claims.heldBy(id, order.requestId)
        if (current?.state === 'authorized') return releaseAfterError(current, error)
        // The payment was sent, and only the chain knows whether it moved; the alarm may have asked
        // already.
        logError('settlement_unknown', error)
        if (current?.state === 'pending') await pending.resumePatiently(current)
      }
      memories.delete(id)
      return null
    },
  }
}
