/** Moves the payment for an answer that is withheld, and gives the answer. */
import type { Settled } from '../../contract/charge.ts'
import type { Receipt } from '../../contract/wire.ts'
import type { Share } from '../../http/bodies/hold.ts'
import { giveUp, type HeldBody } from '../../http/bodies/withheld.ts'
import type { Answer } from '../../pipeline/answer.ts'
import { wholeBody } from '../../pipeline/bodies.ts'
import type { Call } from '../../pipeline/call.ts'
import { charges } from '../../store/payments/charges.ts'
import { afterFailure, keptAnswerOf, withReceipt } from '../paidAnswer.ts'
import { setPaymentStatus } from '../paymentStatus.ts'
import { paymentUnavailable } from '../paywall.ts'
import { type Sale, soldStatus } from './chargeSale.ts'
import { endClaim } from './claim.ts'
import { pendingProblem } from './unsold.ts'

/**
 * Moves the payment of a sale for its answer, which is also kept if the order has an
 * `Idempotency-Key`. A body whose payment has not moved is given up. Throws `payment_pending` if
 * it is not known whether the payment has moved, and `service_unavailable` if it has not, because
 * the chain or the ledger does not answer.
 */
export async function settleClaim(
  call: Call,
  { id, order, amount }: Sale,
  answer: Answer,
  held: HeldBody,
): Promise<Extract<Settled, { state: 'paid' | 'refused' }>> {
  // Settle a payment that has already moved as well: this request may have been slow, and only
  // the claim's object knows whether another request holds the claim now.
  const isKept = order.idempotencyKey !== undefined && 'whole' in held
  const kept = isKept ? keptAnswerOf(answer, held.whole) : null
  setPaymentStatus(call, { pending: true, amount })
  const endHold = () => call.waitUntil(endClaim(call, id, false))
  const settled = await charges.settle(call.env, id, call.id, kept, endHold).catch((error) => {
    giveUp(held)
    throw error
  })
  if (settled.state === 'paid') return settled
  giveUp(held)
  if (settled.state === 'pending') throw pendingProblem(call, order)
  setPaymentStatus(call, { charged: false })
  if (settled.state === 'unavailable') throw afterFailure(paymentUnavailable(), null)
  return settled
}

/**
 * Gives an answer whose payment has moved. The delivery is recorded while the answer leaves: if
 * the isolate dies now, the payer can get the answer twice, rather than never.
 */
export function wholeAnswer(
  call: Call,
  { id, amount, moved }: Sale,
  answer: Answer,
  whole: Uint8Array<ArrayBuffer>,
  share: Share,
  receipt: Receipt,
): Answer {
  setPaymentStatus(call, soldStatus(amount, receipt, moved))
  const isDisconnected = call.request.signal.aborted
  call.waitUntil(endClaim(call, id, !isDisconnected))
  return withReceipt(answer, wholeBody(call, answer, whole, share), receipt)
}
