/**
 * Is it paid for? Wraps `proxy`: claim, then the origin, then settle or release. Callers with a key, a token or a
 * session pass. A payment moves only for an answer that is given, and an answer is given only for a payment that moved.
 */
import { type CallPrice, type Config, MARGIN_MS, type Route } from '../config/config.ts'
import { type ChargeOrder, type KeptAnswer, type Opened, OWED_MS } from '../contract/charge.ts'
import type { Receipt } from '../contract/wire.ts'
import { canonicalPayment } from '../credentials/payments/credential.ts'
import { asProblem, Problem } from '../http/problem.ts'
import { sha256Hex } from '../lib/bytes.ts'
import { type Eventually, when } from '../lib/when.ts'
import { offersOf } from '../paywall/offers.ts'
import { afterFailure, withReceipt } from '../paywall/paidAnswer.ts'
import { passOn, streamOf, withheldBody } from '../paywall/paidBody.ts'
import {
  createPaywall,
  digestOf,
  keepAlive,
  pending,
  type Sale,
  unavailable,
  unsupported,
} from '../paywall/paywall.ts'
import type { PaymentProblemType } from '../paywall/problem.ts'
import { type Answer, toResponse } from '../pipeline/answer.ts'
import { type Call, callerOf, type Handler, type Stage } from '../pipeline/call.ts'
import type { Isolate } from '../store/isolate.ts'
import { charges } from '../store/payments/charges.ts'

/** A claim that this request holds: the payment is good, or has moved already. */
type HeldClaim = Extract<Opened, { state: 'authorized' | 'paid' }>

/** Answers 402 for this call. */
type Challenge402 = (type: PaymentProblemType, detail?: string) => Promise<Answer>

export function charge(
  route: Route & { price: CallPrice },
  config: Config,
  isolate: Isolate,
): Stage {
  const paywall = createPaywall(route, config, isolate)

  return (next) => (call) => (callerOf(call).kind === 'anonymous' ? sell(call, next) : next(call))

  function sell(call: Call, next: Handler): Eventually<Answer> {
    return when(digestOf(call, route), (digest) => {
      const { path, query } = call.target
      const offers = offersOf(config)(call.env, route)
      const sale = { offers, method: call.method, target: path + query, digest }
      const { payment } = call
      return payment === undefined
        ? paywall.challenged(call, sale, 'payment-required')
        : takePayment(call, sale, payment, next)
    })
  }

  async function takePayment(
    call: Call,
    sale: Sale,
    payment: string,
    next: Handler,
  ): Promise<Answer> {
    const refuse: Challenge402 = async (type, detail) =>
      paywall.challenged(call, sale, type, detail)
    const order = await orderOf(call, sale, payment)
    if (order === 'method-unsupported') return unsupported()
    if (typeof order === 'string') return refuse(order)
    paywall.checkTries(call)
    const opened = await charges.open(call.env, order)
    switch (opened.state) {
      case 'refused':
        paywall.countTry(call)
        return refuse(opened.refusal, opened.detail)
      case 'replayed':
        paywall.countTry(call)
        return replayed(opened.answer, opened.receipt)
      case 'pending':
        throw stillPending(call)
      case 'unavailable':
        throw unavailable()
      case 'authorized':
      case 'paid':
        return keepAlive(call, serve(call, order, opened, next, refuse))
    }
  }

  /** The presented credential as an order, or what is wrong with it. */
  async function orderOf(
    call: Call,
    sale: Sale,
    presented: string,
  ): Promise<ChargeOrder | PaymentProblemType> {
    const payment = await paywall.read(call, sale, presented)
    if (typeof payment === 'string') return payment
    const { credential, offer, expiresAt } = payment
    // An owed answer can be asked for long after its challenge has expired.
    if (!(Date.now() < expiresAt + OWED_MS)) return 'payment-expired'
    const { method, amount, currency, recipient, chainId, domain } = offer
    const idempotencyKey = idempotencyKeyOf(call)
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
      holdMs: route.timeoutMs + MARGIN_MS,
      sponsor: isSponsored ? (config.payments?.sponsor ?? null) : null,
      ...(idempotencyKey === undefined ? {} : { idempotencyKey }),
    }
  }

  /** Asks the origin, and gives its answer for the payment, or releases the claim. */
  async function serve(
    call: Call,
    order: ChargeOrder,
    claim: HeldClaim,
    next: Handler,
    refuse: Challenge402,
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
      return answer // the origin's own answer stays as it is, without a receipt
    }
    if (route.price.settle === 'before' && claim.state === 'paid')
      return streamed(call, id, answer, claim.receipt)
    const withheld = await withheldBody(answer, deadline - Date.now())
    if (withheld === null || call.request.signal.aborted) {
      await fail(call, id, claim)
      const cause = new Error('the answer is broken or too large to be withheld, or the payer left')
      throw afterFailure(new Problem('origin_unavailable', { cause }), movedReceipt(claim))
    }
    return settle(call, id, answer, withheld, refuse)
  }

  /** Moves the payment, and gives the answer that was withheld for it. */
  async function settle(
    call: Call,
    id: string,
    answer: Answer,
    withheld: Uint8Array<ArrayBuffer>,
    refuse: Challenge402,
  ): Promise<Answer> {
    // Settle a payment that has already moved as well: this request may have been slow, and only the claim's
    // object knows whether another request holds the claim now.
    const settled = await charges.settle(call.env, id, call.id, {
      status: answer.status,
      headers: headersOf(answer),
      body: answer.body === null ? null : withheld,
    })
    switch (settled.state) {
      case 'refused':
        paywall.countTry(call)
        return refuse(settled.refusal, settled.detail)
      case 'unavailable':
        throw afterFailure(unavailable(), null)
      case 'pending':
        throw stillPending(call)
      case 'paid': {
        // Noted while the answer is on its way: an isolate that dies now gives it twice rather than never.
        const hasLeft = call.request.signal.aborted
        call.waitUntil(
          hasLeft ? charges.fail(call.env, id, call.id) : charges.deliver(call.env, id, call.id),
        )
        return withReceipt(answer, withheld, settled.receipt)
      }
    }
  }

  /** Asks the chain each time, after an origin that nobody has paid for yet: a try like any other. */
  function stillPending(call: Call): Problem {
    paywall.countTry(call)
    return pending()
  }

  /** Releases a claim whose answer cannot be given; a payment that has moved stays owed to its payer. */
  async function fail(call: Call, id: string, claim: HeldClaim): Promise<void> {
    if (claim.state === 'authorized') paywall.countTry(call)
    await charges.fail(call.env, id, call.id)
  }
}

/**
 * An answer that is paid for already, as it comes. It is delivered when its first bytes have gone out: a payer who
 * leaves in the middle has had what came so far, and could otherwise have the stream again and again.
 */
function streamed(call: Call, id: string, answer: Answer, receipt: Receipt): Answer {
  const { readable, writable } = new IdentityTransformStream()
  const begun = (wrote: boolean) =>
    wrote ? charges.deliver(call.env, id, call.id) : charges.fail(call.env, id, call.id)
  const body = answer.body === null ? null : streamOf(answer.body)
  call.waitUntil(passOn(body, writable, begun))
  return withReceipt(answer, body === null ? null : readable, receipt)
}

/** An answer that was given before, once more. */
function replayed({ status, headers, body }: KeptAnswer, receipt: Receipt): Answer {
  const from = new Response(body, { status, headers })
  return withReceipt({ status, headers: {}, body: from.body, from }, body, receipt)
}

/** All headers of an answer, as it would leave without what every answer carries. */
function headersOf(answer: Answer): [name: string, value: string][] {
  return [...toResponse({ ...answer, body: null }, {}).headers]
}

/** The request's `Idempotency-Key` (draft-ietf-httpapi-idempotency-key-header), as it is written. */
function idempotencyKeyOf(call: Call): string | undefined {
  const key = call.headers.get('idempotency-key')
  if (key === undefined || /^[\x21-\x7e]{1,255}$/.test(key)) return key
  throw new Problem('invalid_input', {
    message: 'Idempotency-Key must be 1 to 255 visible characters.',
  })
}

const movedReceipt = (claim: HeldClaim) => (claim.state === 'paid' ? claim.receipt : null)
