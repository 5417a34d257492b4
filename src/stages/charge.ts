/**
 * Is it paid for? Wraps `proxy`: claims the payment, asks the origin, then settles or releases the
 * claim. Callers with a key, a token or a session pass. A payment moves only for an answer that is
 * given, and an answer is given only for a payment that has moved.
 */
import type { Config, Route } from '../config/config.ts'
import type { CallPrice } from '../config/routePrice.ts'
import type { ChargeOrder } from '../contract/charge.ts'
import type { Share } from '../http/bodies/hold.ts'
import { notWithheld } from '../http/bodies/withheld.ts'
import { idempotencyKeyOf } from '../http/idempotencyKey.ts'
import { asProblem, Problem } from '../http/problem.ts'
import { boundBodyOf } from '../paywall/charges/boundBody.ts'
import { chargeOrdersOf } from '../paywall/charges/chargeOrder.ts'
import { payerOf, type Sale, saleOf } from '../paywall/charges/chargeSale.ts'
import { isHeld, keepClaim, openClaim, releaseClaim } from '../paywall/charges/claim.ts'
import { streamedAnswer } from '../paywall/charges/paidStream.ts'
import { settleClaim, wholeAnswer } from '../paywall/charges/settlement.ts'
import { isPush, owePush, unsoldAnswer } from '../paywall/charges/unsold.ts'
import { withheldFor } from '../paywall/charges/withheldFor.ts'
import { offersOf } from '../paywall/offers.ts'
import { afterFailure } from '../paywall/paidAnswer.ts'
import { setPaymentStatus } from '../paywall/paymentStatus.ts'
import {
  type Answer402,
  createPaywall,
  releaseBody,
  surviveDisconnect,
  unsupportedMethod,
} from '../paywall/paywall.ts'
import type { Answer } from '../pipeline/answer.ts'
import { type Call, callerOf, type Handler, type Stage } from '../pipeline/call.ts'
import type { Isolate } from '../store/isolate.ts'

/**
 * Answers an anonymous call with 402 and challenges, or serves the call for its payment
 * (draft-httpauth-payment). Sets `call.caller` to the payer before the origin is asked. HEAD buys
 * nothing: it is answered as without a payment, and the answer to a push is owed. Each answer to a
 * payment says in `Payment-Status` what has become of the money. Throws:
 *
 * - `payment_pending` if it is not known yet whether the payment has moved.
 * - `service_unavailable` if the chain or the ledger does not answer, or there is no memory to
 *   withhold the answer in, and nothing has moved.
 * - `rate_limit_exceeded` for an address that got too many challenges, or that has tried too often
 *   without paying.
 * - `origin_unavailable` if the origin's answer breaks off or takes too long.
 * - `answer_too_large` if the answer cannot be withheld until its payment has moved.
 * - `invalid_input` or `payload_too_large` for the request's body or its `Idempotency-Key`.
 * - `idempotency_key_reused` for a key that the payer has used for another call.
 *
 * A problem of a later stage passes, and says what has become of the payment.
 */
export function charge(
  route: Route & { price: CallPrice },
  config: Config,
  isolate: Isolate,
): Stage {
  const paywall = createPaywall(route, isolate)
  const orderOf = chargeOrdersOf(route, config)

  return (next) => (call) =>
    callerOf(call).kind === 'anonymous' ? releaseBody(call, requirePayment(call, next)) : next(call)

  async function requirePayment(call: Call, next: Handler): Promise<Answer> {
    const { path, query } = call.target
    const presented = call.payment
    if (presented !== undefined) setPaymentStatus(call, { charged: false })
    const isHead = call.method === 'HEAD'
    // Said before anybody pays, because a push would have moved for nothing.
    const idempotencyKey = isHead ? undefined : idempotencyKeyOf(call.headers)
    const body = await boundBodyOf(call, route, config, isolate)
    const offers = offersOf(config)(call.env, route)
    const method = isHead ? 'GET' : call.method
    const purchase = { offers, method, target: path + query, ...body }
    const answer402: Answer402 = (type, detail) => paywall.answer402(call, purchase, type, detail)
    if (presented === undefined) {
      paywall.checkTries(call)
      return answer402('payment-required')
    }
    const payment = await paywall.read(call, purchase, presented)
    const order =
      typeof payment === 'string' ? payment : await orderOf(call, purchase, payment, idempotencyKey)
    if (isHead) {
      if (typeof order !== 'string' && isPush(order)) await oweToHead(call, order)
      return answer402('payment-required')
    }
    if (order === 'method-unsupported') return unsupportedMethod()
    if (typeof order === 'string') return answer402(order)
    paywall.takeTry(call)
    const opened = await openClaim(call, order)
    if (!isHeld(opened)) return unsoldAnswer(call, order, opened, answer402, isolate)
    return surviveDisconnect(call, sell(call, saleOf(order, opened), next, answer402))
  }

  /** Notes what a push has moved for a HEAD: its client may pay anew for the GET. */
  async function oweToHead(call: Call, order: ChargeOrder): Promise<void> {
    paywall.takeTry(call)
    if (await owePush(call, order)) paywall.giveBackTry(call)
  }

  /** Serves a call, and holds its claim until there is an answer. */
  async function sell(call: Call, sale: Sale, next: Handler, answer402: Answer402) {
    const letGo = keepClaim(call, sale.id, sale.order.holdMs)
    const share = isolate.heldBodies.answers.share(sale.claim.payer)
    try {
      return await serve(call, sale, share, next, answer402)
    } finally {
      letGo()
      share.release()
    }
  }

  /** Asks the origin, and gives its answer for the payment or releases the claim. */
  async function serve(
    call: Call,
    sale: Sale,
    share: Share,
    next: Handler,
    answer402: Answer402,
  ): Promise<Answer> {
    const { claim, order } = sale
    call.caller = payerOf(sale)
    const deadline = Date.now() + route.timeoutMs
    let answer: Answer
    try {
      answer = await next(call)
    } catch (error) {
      throw await fail(call, sale, asProblem(error))
    }
    if (answer.status < 200 || answer.status >= 300) {
      await release(call, sale)
      return answer // the origin's own error, without a receipt
    }
    if (order.settle === 'before' && claim.state === 'paid') {
      paywall.giveBackTry(call)
      return streamedAnswer(call, sale, answer, notWithheld(answer.body), claim.receipt, config)
    }
    const held = await withheldFor(call, sale, answer, deadline - Date.now(), share)
    if (held instanceof Problem) throw await fail(call, sale, held)
    const settled = await settleClaim(call, sale, answer, held)
    if (settled.state === 'refused') return answer402(settled.refusal, settled.detail)
    paywall.giveBackTry(call)
    return 'rest' in held
      ? streamedAnswer(call, sale, answer, held, settled.receipt, config)
      : wholeAnswer(call, sale, answer, held.whole, share, settled.receipt)
  }

  /** Releases a claim whose answer cannot be given, and returns the problem that says so. */
  async function fail(call: Call, sale: Sale, problem: Problem): Promise<Problem> {
    return afterFailure(problem, await release(call, sale))
  }

  /** Releases a claim whose answer cannot be given. A payment that has moved is no vain try. */
  function release(call: Call, sale: Sale) {
    if (sale.claim.state === 'paid') paywall.giveBackTry(call)
    return releaseClaim(call, sale)
  }
}
