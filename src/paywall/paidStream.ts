/** Forwards an answer to a call that is paid for already, while the origin still sends it. */
import type { Receipt } from '../contract/wire.ts'
import type { Answer } from '../pipeline/answer.ts'
import type { Call } from '../pipeline/call.ts'
import { charges } from '../store/payments/charges.ts'
import { type Sale, soldStatus } from './chargeSale.ts'
import { keepClaim } from './heldClaim.ts'
import { withReceipt } from './paidAnswer.ts'
import { forwardBody, streamOf } from './paidBody.ts'
import { setPaymentStatus } from './paymentStatus.ts'

/**
 * Forwards an answer that is already paid for, without withholding it. The answer counts as
 * delivered when its first bytes have gone out, because a payer who disconnects in the middle could
 * otherwise get the stream again and again.
 */
export function streamedAnswer(call: Call, sale: Sale, answer: Answer, receipt: Receipt): Answer {
  const { id, order, amount, moved } = sale
  const letGo = keepClaim(call, id, order.holdMs)
  const { readable, writable } = new IdentityTransformStream()
  const onOutcome = (hasBegun: boolean) => {
    letGo()
    return hasBegun ? charges.deliver(call.env, id, call.id) : charges.fail(call.env, id, call.id)
  }
  const body = answer.body === null ? null : streamOf(answer.body)
  call.waitUntil(forwardBody(body, writable, onOutcome))
  setPaymentStatus(call, soldStatus(amount, receipt, moved))
  return withReceipt(answer, body === null ? null : readable, receipt)
}
