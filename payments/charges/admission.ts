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

/** How many tries one challenge has while nothing moves. */
const MAX_ATTEMPTS = 10
/**
 * How long after its challenge has expired a push can be shown that was mined before, in
 * milliseconds.
 */
export const PUSH_GOOD_MS = 86_400_000

export type Admission = ReturnType<typeof createAdmission>

/** Admission to the claims of one object. `release` ends a claim of which nothing was sent. */
export function createAdmission(
  claims: Claims,
  journal: ChargeJournal,
  release: (claim: Claim) => void,
) {
  /** The kept answer of a payment that has moved, if both requests have one Idempotency-Key. */
  function replay({ id, receipt, payer, order, state }: Claim, again: ChargeOrder): Opened | null {
    const { idempotencyKey } = again
    if (receipt === null || idempotencyKey === undefined) return null
    const answer = order.idempotencyKey === idempotencyKey ? claims.keptAnswer(id) : null
    if (answer === null) return null
    const claim = claims.get(id)
    if (claim !== null && state !== 'delivered') journal.delivered(claim)
    return { state: 'replayed', payer, receipt, answer }
  }

  /** Gives a payment that has moved, and whose answer is owed, to this request. */
  function owed(claim: Claim, { requestId }: ChargeOrder): Opened {
    const { receipt, payer } = claim
    if (receipt === null) return { state: 'pending' }
    const order = { ...claim.order, requestId }
    claims.put({ ...claim, order, heldUntil: Date.now() + HOLD_MS })
    return { state: 'paid', payer, receipt }
  }

  return {
    /**
     * Takes the challenge's claim for an order, or says what has become of the claim. Synchronous,
     * and so one step: of any number of requests at once, one gets the claim.
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
      if (known !== null && now < known.heldUntil) return opened({ state: 'pending' })
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
  }
}
