/**
 * Is it paid for? Wraps `proxy`: claims the payment, asks the origin, then settles or releases the
 * claim. Callers with a key, a token or a session pass. A payment moves only for an answer that is
 * given, and an answer is given only for a payment that has moved.
 */
import { type CallPrice, type Config, MARGIN_MS, type Route } from '../config/config.ts'
import { type ChargeOrder, type Opened, OWED_MS } from '../contract/charge.ts'
import type { Receipt } from '../contract/wire.ts'
import { canonicalPayment } from '../credentials/payments/credential.ts'
import { idempotencyKeyOf } from '../http/idempotencyKey.ts'
import { asProblem, Problem } from '../http/problem.ts'
import { sha256Hex } from '../lib/bytes.ts'
import { keepClaim } from '../paywall/heldClaim.ts'
import { offersOf } from '../paywall/offers.ts'
import { afterFailure, keptAnswerOf, replayedAnswer, withReceipt } from '../paywall/paidAnswer.ts'
import { forwardBody, streamOf, withheldBody } from '../paywall/paidBody.ts'
import {
  createPaywall,
  digestOf,
  type Purchase,
  paymentPending,
  paymentUnavailable,
  surviveDisconnect,
  unsupportedMethod,
} from '../paywall/paywall.ts'
import type { PaymentProblemType } from '../paywall/problem.ts'
import type { Answer } from '../pipeline/answer.ts'
import { type Call, callerOf, type Handler, type Stage } from '../pipeline/call.ts'
import type { Isolate } from '../store/isolate.ts'
import { charges } from '../store/payments/charges.ts'

/**
 * A claim that this request holds, and says so until `letGo`. Its payment is verified
 * ("authorized") or has moved ("paid").
 */
type HeldClaim = Extract<Opened, { state: 'authorized' | 'paid' }> & { letGo: () => void }

/** Answers a call with 402 and a fresh challenge. */
type Answer402 = (type: PaymentProblemType, detail?: string) => Promise<Answer>

/**
 * Answers an anonymous call with 402 and challenges, or serves the call for its payment
 * (draft-httpauth-payment). Sets `call.caller` to the payer before the origin is asked. Throws:
 *
 * - `payment_pending` if it is not known yet whether the payment has moved.
 * - `service_unavailable` if the chain or the ledger does not answer, and nothing has moved.
 * - `rate_limit_exceeded` for an address that got too many challenges, or that has tried too often
 *   without paying.
 * - `origin_unavailable` if the origin's answer breaks off, takes too long, or is too large.
 * - `invalid_input` or `payload_too_large` for the request's body or its `Idempotency-Key`.
 *
 * A problem of a later stage passes, and says what has become of the payment.
 */
export function charge(
  route: Route & { price: CallPrice },
  config: Config,
  isolate: Isolate,
): Stage {
  const paywall = createPaywall(route, isolate)

  return (next) => (call) =>
    callerOf(call).kind === 'anonymous' ? requirePayment(call, next) : next(call)

  async function requirePayment(call: Call, next: Handler): Promise<Answer> {
    const { path, query } = call.target
    const digest = await digestOf(call, route)
    const offers = offersOf(config)(call.env, route)
    const purchase = { offers, method: call.method, target: path + query, digest }
    const answer402: Answer402 = (type, detail) => paywall.answer402(call, purchase, type, detail)
    if (call.payment === undefined) return answer402('payment-required')
    const order = await orderOf(call, purchase, call.payment)
    if (order === 'method-unsupported') return unsupportedMethod()
    if (typeof order === 'string') return answer402(order)
    paywall.takeTry(call)
    const opened = await charges.open(call.env, order)
    switch (opened.state) {
      case 'refused':
        return answer402(opened.refusal, opened.detail)
      case 'replayed':
        return replayedAnswer(opened.answer, opened.receipt)
      case 'pending':
        throw paymentPending()
      case 'unavailable':
        throw paymentUnavailable()
      case 'authorized':
      case 'paid': {
        const letGo = keepClaim(call, order.credential.challenge.id, order.holdMs)
        const claim = { ...opened, letGo }
        return surviveDisconnect(call, serve(call, order, claim, next, answer402))
      }
    }
  }

  /**
   * Reads a presented credential into an order. Resolves to the type of the problem if it cannot.
   */
  async function orderOf(
    call: Call,
    purchase: Purchase,
    presented: string,
  ): Promise<ChargeOrder | PaymentProblemType> {
    const payment = await paywall.read(call, purchase, presented)
    if (typeof payment === 'string') return payment
    const { credential, offer, expiresAt } = payment
    // A payer can ask for an owed answer long after the challenge has expired.
    if (!(Date.now() < expiresAt + OWED_MS)) return 'payment-expired'
    const { method, amount, currency, recipient, chainId, domain } = offer
    const idempotencyKey = idempotencyKeyOf(call.headers)
    const isSponsored = route.price.sponsored && method === 'tempo'
    return {
      credential,
      credentialHash: await sha256Hex(canonicalPayment(credential)),
      expiresAt,
      row: route.id,
      requestId: call.id,
      method,
      chainId,
      amount,
      currency,
      recipient,
      settle: route.price.settle,
      ...(domain === undefined ? {} : { domain }),
      timeoutMs: route.timeoutMs,
      holdMs: route.timeoutMs + MARGIN_MS,
      sponsor: isSponsored ? (config.payments?.sponsor ?? null) : null,
      ...(idempotencyKey === undefined ? {} : { idempotencyKey }),
    }
  }

  /** Asks the origin, and gives its answer for the payment or releases the claim. */
  async function serve(
    call: Call,
    order: ChargeOrder,
    claim: HeldClaim,
    next: Handler,
    answer402: Answer402,
  ): Promise<Answer> {
    const { id } = order.credential.challenge
    call.caller = {
      kind: 'payment',
      payer: claim.payer,
      challengeId: id,
      amount: order.amount,
      currency: order.currency,
      moved: claim.state === 'paid',
    }
    const deadline = Date.now() + route.timeoutMs
    let answer: Answer
    try {
      answer = await next(call)
    } catch (error) {
      await fail(call, id, claim)
      throw afterFailure(asProblem(error), movedReceipt(claim))
    }
    if (answer.status < 200 || answer.status >= 300) {
      await fail(call, id, claim)
      return answer // the origin's own error, without a receipt
    }
    if (route.price.settle === 'before' && claim.state === 'paid') {
      paywall.giveBackTry(call)
      return streamedAnswer(call, id, answer, claim, claim.receipt)
    }
    const withheld = await withheldBody(answer, deadline - Date.now())
    if (withheld === null || call.request.signal.aborted) {
      await fail(call, id, claim)
      const cause = new Error(
        'the answer broke off, was late or too large, or the payer disconnected',
      )
      throw afterFailure(new Problem('origin_unavailable', { cause }), movedReceipt(claim))
    }
    claim.letGo()
    return settle(call, order, answer, withheld, answer402)
  }

  /** Moves the payment, then gives the withheld answer. */
  async function settle(
    call: Call,
    order: ChargeOrder,
    answer: Answer,
    withheld: Uint8Array<ArrayBuffer>,
    answer402: Answer402,
  ): Promise<Answer> {
    const { id } = order.credential.challenge
    // Settle a payment that has already moved as well: this request may have been slow, and only
    // the claim's object knows whether another request holds the claim now.
    const kept = order.idempotencyKey === undefined ? null : keptAnswerOf(answer, withheld)
    const settled = await charges.settle(call.env, id, call.id, kept)
    switch (settled.state) {
      case 'refused':
        return answer402(settled.refusal, settled.detail)
      case 'unavailable':
        throw afterFailure(paymentUnavailable(), null)
      case 'pending':
        throw paymentPending()
      case 'paid': {
        paywall.giveBackTry(call)
        // The delivery is recorded while the answer leaves: if the isolate dies now, the payer can
        // get the answer twice, rather than never.
        const isDisconnected = call.request.signal.aborted
        call.waitUntil(
          isDisconnected
            ? charges.fail(call.env, id, call.id)
            : charges.deliver(call.env, id, call.id),
        )
        return withReceipt(answer, withheld, settled.receipt)
      }
    }
  }

  /**
   * Releases a claim whose answer cannot be given. If the payment has moved, the answer is owed to
   * the payer.
   */
  async function fail(call: Call, id: string, claim: HeldClaim): Promise<void> {
    claim.letGo()
    if (claim.state === 'paid') paywall.giveBackTry(call)
    await charges.fail(call.env, id, call.id)
  }
}

/**
 * Forwards an answer that is already paid for, without withholding it. The answer counts as
 * delivered when its first bytes have gone out, because a payer who disconnects in the middle could
 * otherwise get the stream again and again.
 */
function streamedAnswer(
  call: Call,
  id: string,
  answer: Answer,
  { letGo }: HeldClaim,
  receipt: Receipt,
): Answer {
  const { readable, writable } = new IdentityTransformStream()
  const onOutcome = (hasBegun: boolean) => {
    letGo()
    return hasBegun ? charges.deliver(call.env, id, call.id) : charges.fail(call.env, id, call.id)
  }
  const body = answer.body === null ? null : streamOf(answer.body)
  call.waitUntil(forwardBody(body, writable, onOutcome))
  return withReceipt(answer, body === null ? null : readable, receipt)
}

/** The receipt of a payment that has moved, else null. */
const movedReceipt = (claim: HeldClaim) => (claim.state === 'paid' ? claim.receipt : null)
