/**
 * Decides which request gets the claim of a challenge: one credential for each challenge, one
 * request at a time, and a limited number of tries.
 */
import type { ChargeOrder, Opened } from '../../src/contract/charge.ts'
import type { Mode } from '../methods/method.ts'
import { refusePayment } from '../refusal.ts'
import type { Claim, Claims } from './claims.ts'
import { HOLD_MS } from './holds.ts'
import type { ChargeJournal } from './journal.ts'
import type { Redeemed, Redeemer } from './peers.ts'

/** How many tries one challenge has while nothing moves. */
const MAX_ATTEMPTS = 10
/**
 * How long after its challenge has expired a push can be shown that was mined before, in
 * milliseconds.
 */
export const PUSH_GOOD_MS = 86_400_000

/** The request that comes again for a payment, by the same or by another credential. */
type Again = Pick<ChargeOrder, 'requestId' | 'idempotencyKey'>

export type Admission = ReturnType<typeof createAdmission>

/** Admission to the claims of one object. `release` ends a claim of which nothing was sent. */
export function createAdmission(
  claims: Claims,
  journal: ChargeJournal,
  release: (claim: Claim) => void,
) {
  /** The kept answer of a payment that has moved, if both requests have one Idempotency-Key. */
  function replay({ id, payer, receipt, order, state }: Claim, { idempotencyKey }: Again) {
    if (receipt === null || idempotencyKey === undefined) return null
    const answer = order.idempotencyKey === idempotencyKey ? claims.keptAnswer(id) : null
    if (answer === null) return null
    const claim = claims.get(id)
    if (claim !== null && state !== 'delivered') journal.delivered(claim)
    return { state: 'replayed', payer, receipt, answer } as const
  }

  /** Gives a payment that has moved, and whose answer is owed, to this request. */
  function owed(claim: Claim, { requestId, idempotencyKey }: Again) {
    const { payer, receipt } = claim
    if (receipt === null) return { state: 'pending' } as const
    const { idempotencyKey: _, ...before } = claim.order
    const key = idempotencyKey === undefined ? {} : { idempotencyKey }
    const order = { ...before, requestId, ...key }
    claims.put({ ...claim, order, heldUntil: Date.now() + HOLD_MS })
    return { state: 'paid', payer, receipt } as const
  }

  /** Whether the answer of a payment is kept for some Idempotency-Key. */
  const isKept = ({ id, order }: Claim): boolean =>
    order.idempotencyKey !== undefined && claims.keptAnswer(id) !== null

  return {
    /**
     * Takes the challenge's claim for an order, or says what has become of the claim. Synchronous,
     * and so one step: of any number of requests at once, one gets the claim. A request that asks
     * again, because its answer was lost, still has the claim.
     */
    admit(order: ChargeOrder, mode: Mode): { claim: Claim } | { opened: Opened } {
      const { id } = order.credential.challenge
      const now = Date.now()
      const known = claims.get(id)
      const opened = (one: Opened) => ({ opened: one })
      if (known !== null && known.order.credentialHash !== order.credentialHash) {
        return opened(refusePayment('invalid-challenge', 'The challenge has been answered before.'))
      }
      if (known?.state === 'delivered')
        return opened(
          replay(known, order) ?? refusePayment('invalid-challenge', 'The payment has been used.'),
        )
      if (known?.state === 'refunded')
        return opened(refusePayment('invalid-challenge', 'The payment was refunded.'))
      const isOwn = known?.order.requestId === order.requestId
      if (isOwn && known.state === 'authorized') {
        claims.put({ ...known, heldUntil: now + HOLD_MS })
        return opened({ state: 'authorized', payer: known.payer })
      }
      if (!isOwn && known !== null && now < known.heldUntil) return opened({ state: 'pending' })
      if (known?.state === 'pending') return opened({ state: 'pending' })
      if (known?.state === 'settled' || known?.state === 'undelivered')
        return opened(replay(known, order) ?? owed(known, order))
      // The request that held the claim is gone, and nothing was sent.
      if (known !== null) release(known)
      const attempts = claims.triesOf(id) + 1
      if (attempts > MAX_ATTEMPTS) {
        return opened(
          refusePayment('invalid-challenge', 'The challenge has been answered too often.'),
        )
      }
      // A push may have been mined in time, which its check finds out.
      if (now >= order.expiresAt + (mode === 'push' ? PUSH_GOOD_MS : 0))
        return opened(refusePayment('payment-expired', 'The challenge has expired.'))
      const claim: Claim = {
        id,
        order,
        mode,
        state: 'claimed',
        payer: 'unknown',
        raw: null,
        hash: null,
        receipt: null,
        attempts,
        heldUntil: now + HOLD_MS,
        changedAt: now,
      }
      claims.put(claim)
      return { claim }
    },

    /**
     * Takes what is owed or kept of a payment for a request that its payer makes with another
     * credential. Synchronous, and so one step: of any number of requests at once, one gets it. A
     * request that asks again, because its answer was lost, still has it.
     */
    redeem(id: string, by: Redeemer): Redeemed {
      const claim = claims.get(id)
      if (claim === null || claim.payer !== by.payer) return { state: 'gone' }
      const { state, order } = claim
      if (state === 'spared' || state === 'refunded') return { state: 'gone' }
      // Nothing is sent yet, but the request may be late and still send it: only `release` ends it.
      const isUnsent = state === 'claimed' || state === 'authorized'
      const isOthers = order.requestId !== by.requestId && Date.now() < claim.heldUntil
      const isHeld = isUnsent || (isOthers && state !== 'delivered')
      if (order.purchase !== by.purchase)
        return { state: isKeyOf(order, by) ? 'conflict' : 'other' }
      if (isHeld) return { state: 'busy' }
      if (state === 'delivered')
        return replay(claim, by) ?? { state: isKept(claim) ? 'other' : 'gone' }
      if (state === 'pending') return { state: 'pending' }
      const taken = replay(claim, by) ?? owed(claim, by)
      if (taken.state !== 'paid') return taken
      return { ...taken, debt: { challengeId: id, amount: order.amount } }
    },
  }
}

/** Whether an order and a request have the same `Idempotency-Key`. */
const isKeyOf = (order: Again, { idempotencyKey }: Again) =>
  idempotencyKey !== undefined && order.idempotencyKey === idempotencyKey
