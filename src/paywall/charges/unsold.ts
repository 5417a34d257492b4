/** Payments that buy nothing now, and what their payers are told of the money. */
import type { ChargeOrder } from '../../contract/charge.ts'
import type { Receipt } from '../../contract/wire.ts'
import { Problem } from '../../http/problem.ts'
import type { Call } from '../../pipeline/call.ts'
import { charges } from '../../store/payments/charges.ts'
import { afterFailure } from '../paidAnswer.ts'
import { setPaymentStatus } from '../paymentStatus.ts'
import { paymentPending, paymentUnavailable } from '../paywall.ts'
import { owedStatus, saleOf } from './chargeSale.ts'

/** Returns the problem of a payment whose outcome, or that of an earlier one, is not known. */
export function pendingProblem(call: Call, { amount }: ChargeOrder, moved?: Receipt): Problem {
  setPaymentStatus(call, moved ? owedStatus(amount, moved) : { pending: true, amount })
  return paymentPending()
}

/** Returns the problem of a key that the payer has used for another call. */
export function conflictProblem(call: Call, { amount }: ChargeOrder, moved?: Receipt): Problem {
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
  setPaymentStatus(call, { pending: true, amount: order.amount })
  const opened = await charges.open(call.env, order)
  if (opened.state === 'pending')
    throw pendingProblem(call, order, 'moved' in opened ? opened.moved : undefined)
  setPaymentStatus(call, { charged: false })
  if (opened.state === 'unavailable') throw paymentUnavailable()
  if (opened.state !== 'paid') return false
  const { id, amount, moved } = saleOf(order, opened)
  setPaymentStatus(call, owedStatus(amount, opened.receipt, moved))
  await charges.fail(call.env, id, call.id)
  return true
}
