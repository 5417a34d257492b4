/** Payments that buy nothing now, and what their payers are told of the money. */
import type { ChargeOrder, Opened } from '../../contract/charge.ts'
import type { Receipt } from '../../contract/wire.ts'
import { Problem } from '../../http/problem.ts'
import type { Answer } from '../../pipeline/answer.ts'
import type { Call } from '../../pipeline/call.ts'
import type { Isolate } from '../../store/isolate.ts'
import { afterFailure, replayedAnswer } from '../paidAnswer.ts'
import { setPaymentStatus } from '../paymentStatus.ts'
import { type Answer402, paymentPending, paymentUnavailable } from '../paywall.ts'
import { type HeldClaim, movedOf, owedStatus, saleOf, soldStatus } from './chargeSale.ts'
import { endClaim, openClaim } from './claim.ts'

/**
 * Answers a payment that this request holds no claim for: with 402 if the payment is refused, with
 * the answer that was kept for it, or by throwing the problem that says why there is none.
 */
export async function unsoldAnswer(
  call: Call,
  order: ChargeOrder,
  opened: Exclude<Opened, HeldClaim>,
  answer402: Answer402,
  isolate: Isolate,
): Promise<Answer> {
  switch (opened.state) {
    case 'refused':
      return answer402(opened.refusal, opened.detail)
    case 'replayed': {
      const moved = movedOf(order, opened.moved)
      setPaymentStatus(call, soldStatus(order.amount, opened.receipt, moved))
      return replayedAnswer(call, opened, isolate.heldBodies.answers.share(opened.payer))
    }
    case 'conflict':
      throw conflictProblem(call, order, opened.moved)
    case 'pending':
      throw pendingProblem(call, order, 'moved' in opened ? opened.moved : undefined)
    case 'unavailable':
      throw paymentUnavailable()
  }
}

/** Returns the problem of a payment whose outcome, or that of an earlier one, is not known. */
export function pendingProblem(call: Call, { amount }: ChargeOrder, moved?: Receipt): Problem {
  setPaymentStatus(call, moved ? owedStatus(amount, moved) : { pending: true, amount })
  return paymentPending()
}

/** Returns the problem of a key that the payer has used for another call. */
function conflictProblem(call: Call, { amount }: ChargeOrder, moved?: Receipt): Problem {
  const status = moved ? owedStatus(amount, moved) : null
  if (status !== null) setPaymentStatus(call, status)
  return afterFailure(new Problem('idempotency_key_reused'), status)
}

/** Whether a payment may have moved before the gateway hears of it. */
export const isPush = ({ credential }: ChargeOrder): boolean => credential.payload.type === 'hash'

/**
 * Notes that the answer to a push is owed, for a request that buys nothing (HEAD): the client may
 * never send this credential again. Resolves to whether the push has moved. Throws
 * `payment_pending` or `service_unavailable` if that is not known, so that the client does not pay
 * once more.
 */
export async function owePush(call: Call, order: ChargeOrder): Promise<boolean> {
  const opened = await openClaim(call, order)
  if (opened.state === 'pending')
    throw pendingProblem(call, order, 'moved' in opened ? opened.moved : undefined)
  if (opened.state === 'unavailable') throw paymentUnavailable()
  if (opened.state !== 'paid') return false
  const { id, amount, moved } = saleOf(order, opened)
  setPaymentStatus(call, owedStatus(amount, opened.receipt, moved))
  await endClaim(call, id, false)
  return true
}
