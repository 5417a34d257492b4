/**
 * Is it paid for? Wraps `proxy`: claims the payment, asks the origin, then settles or releases the
 * claim. Callers with a key, a token or a session pass. A payment moves only for an answer that is
 * given, and an answer is given only for a payment that has moved.
 */
import type { Config, Route } from '../config/config.ts'
import type { CallPrice } from '../config/routePrice.ts'
import type { ChargeOrder } from '../contract/charge.ts'
import type { Share } from '../http/bodies/hold.ts'
import { giveUp, type HeldBody, notWithheld, withheld } from '../http/bodies/withheld.ts'
import { idempotencyKeyOf } from '../http/idempotencyKey.ts'
import { asProblem, Problem } from '../http/problem.ts'
import { boundBodyOf } from '../paywall/charges/boundBody.ts'
import { chargeOrdersOf } from '../paywall/charges/chargeOrder.ts'
import {
  movedOf,
  owedStatus,
  type Sale,
  saleOf,
  soldStatus,
} from '../paywall/charges/chargeSale.ts'
import { keepClaim } from '../paywall/charges/heldClaim.ts'
import { streamedAnswer } from '../paywall/charges/paidStream.ts'
import { conflictProblem, isPush, owePush, pendingProblem } from '../paywall/charges/unsold.ts'
import { offersOf } from '../paywall/offers.ts'
import { afterFailure, keptAnswerOf, replayedAnswer, withReceipt } from '../paywall/paidAnswer.ts'
import { setPaymentStatus } from '../paywall/paymentStatus.ts'
import {
  createPaywall,
  paymentUnavailable,
  releaseBody,
  surviveDisconnect,
  unsupportedMethod,
} from '../paywall/paywall.ts'
import type { PaymentProblemType } from '../paywall/problem.ts'
import type { Answer } from '../pipeline/answer.ts'
import { wholeBody } from '../pipeline/bodies.ts'
import { type Call, callerOf, type Handler, type Stage } from '../pipeline/call.ts'
import type { Isolate } from '../store/isolate.ts'
import { charges } from '../store/payments/charges.ts'

type Answer402 = (type: PaymentProblemType, detail?: string) => Promise<Answer>

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
    if (call.payment !== undefined) setPaymentStatus(call, { charged: false })
    const isHead = call.method === 'HEAD'
    // Said before anybody pays, because a push would have moved for nothing.
    const idempotencyKey = isHead ? undefined : idempotencyKeyOf(call.headers)
    const body = await boundBodyOf(call, route, config, isolate)
    const offers = offersOf(config)(call.env, route)
    const method = isHead ? 'GET' : call.method
    const purchase = { offers, method, target: path + query, ...body }
    const answer402: Answer402 = (type, detail) => paywall.answer402(call, purchase, type, detail)
    if (call.payment === undefined) paywall.checkTries(call)
    if (call.payment === undefined) return answer402('payment-required')
    const payment = await paywall.read(call, purchase, call.payment)
    const order =
      typeof payment === 'string' ? payment : await orderOf(call, purchase, payment, idempotencyKey)
    if (isHead) {
      await oweToHead(call, order)
      return answer402('payment-required')
    }
    if (order === 'method-unsupported') return unsupportedMethod()
    if (typeof order === 'string') return answer402(order)
    paywall.takeTry(call)
    // As long as the object does not answer, nobody knows.
    setPaymentStatus(call, { pending: true, amount: order.amount })
    const opened = await charges.open(call.env, order)
    setPaymentStatus(call, { charged: false })
    switch (opened.state) {
      case 'refused':
        return answer402(opened.refusal, opened.detail)
      case 'replayed':
        setPaymentStatus(
          call,
          soldStatus(order.amount, opened.receipt, movedOf(order, opened.moved)),
        )
        return replayedAnswer(call, opened, isolate.heldBodies.answers.share(opened.payer))
      case 'conflict':
        throw conflictProblem(call, order, opened.moved)
      case 'pending':
        throw pendingProblem(call, order, 'moved' in opened ? opened.moved : undefined)
      case 'unavailable':
        throw paymentUnavailable()
      case 'authorized':
      case 'paid':
        return surviveDisconnect(call, sell(call, saleOf(order, opened), next, answer402))
    }
  }

  /** Notes what a push has moved for a HEAD: its client may pay anew for the GET. */
  async function oweToHead(call: Call, order: ChargeOrder | PaymentProblemType): Promise<void> {
    if (typeof order === 'string' || !isPush(order)) return
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
    call.caller = {
      kind: 'payment',
      payer: claim.payer,
      challengeId: sale.id,
      amount: sale.amount,
      currency: order.currency,
      moved: claim.state === 'paid',
    }
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
    const held = await withheld(answer.body, deadline - Date.now(), share)
    // A payer that leaves pays for nothing, unless the payer can get this very answer by its key.
    const hasLeft = call.request.signal.aborted && order.idempotencyKey === undefined
    if (held === null || hasLeft) {
      giveUp(held)
      const cause = new Error('the answer broke off or was late, or the payer disconnected')
      throw await fail(call, sale, new Problem('origin_unavailable', { cause }))
    }
    if ('rest' in held && claim.state === 'authorized') {
      giveUp(held)
      const isTooLarge = held.lacksRoom !== true
      throw await fail(
        call,
        sale,
        isTooLarge ? new Problem('answer_too_large') : paymentUnavailable(),
      )
    }
    return settle(call, sale, answer, held, share, answer402)
  }

  /** Moves the payment, then gives the withheld answer. */
  async function settle(
    call: Call,
    sale: Sale,
    answer: Answer,
    held: HeldBody,
    share: Share,
    answer402: Answer402,
  ): Promise<Answer> {
    const { id, order } = sale
    // Settle a payment that has already moved as well: this request may have been slow, and only
    // the claim's object knows whether another request holds the claim now.
    const isKept = order.idempotencyKey !== undefined && 'whole' in held
    const kept = isKept ? keptAnswerOf(answer, held.whole) : null
    setPaymentStatus(call, { pending: true, amount: sale.amount })
    const settled = await charges.settle(call.env, id, call.id, kept).catch((error) => {
      giveUp(held)
      throw error
    })
    if (settled.state !== 'paid') giveUp(held)
    switch (settled.state) {
      case 'refused':
        setPaymentStatus(call, { charged: false })
        return answer402(settled.refusal, settled.detail)
      case 'unavailable':
        setPaymentStatus(call, { charged: false })
        throw afterFailure(paymentUnavailable(), null)
      case 'pending':
        throw pendingProblem(call, order)
      case 'paid': {
        paywall.giveBackTry(call)
        if ('rest' in held) return streamedAnswer(call, sale, answer, held, settled.receipt, config)
        setPaymentStatus(call, soldStatus(sale.amount, settled.receipt, sale.moved))
        // The delivery is recorded while the answer leaves: if the isolate dies now, the payer can
        // get the answer twice, rather than never.
        const isDisconnected = call.request.signal.aborted
        call.waitUntil(
          isDisconnected
            ? charges.fail(call.env, id, call.id)
            : charges.deliver(call.env, id, call.id),
        )
        return withReceipt(answer, wholeBody(call, answer, held.whole, share), settled.receipt)
      }
    }
  }

  /** Releases a claim whose answer cannot be given, and returns the problem that says so. */
  async function fail(call: Call, sale: Sale, problem: Problem): Promise<Problem> {
    return afterFailure(problem, await release(call, sale))
  }

  /**
   * Releases a claim whose answer cannot be given. If the payment has moved, the answer is owed to
   * the payer, and the status of the money is returned; else null.
   */
  async function release(call: Call, { id, claim, amount, moved }: Sale) {
    const owed = claim.state === 'paid' ? owedStatus(amount, claim.receipt, moved) : null
    if (owed !== null) {
      paywall.giveBackTry(call)
      setPaymentStatus(call, owed)
    }
    await charges.fail(call.env, id, call.id)
    return owed
  }
}
