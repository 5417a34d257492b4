/**
 * Is it paid for? Wraps `proxy`: claim, then the origin, then settle or let go. Who has a key or a session
 * passes; a payment moves only for an answer that is given, and an answer is given only for one that moved.
 */

import type { CallPrice, Config, Route } from '../config/config.ts'
import { MARGIN_MS } from '../config/prices.ts'
import { type ChargeOrder, type KeptAnswer, type Opened, OWED_MS } from '../contract/charge.ts'
import type { Receipt } from '../contract/wire.ts'
import { canonicalPayment } from '../credentials/payments/credential.ts'
import { asProblem, Problem } from '../http/problem.ts'
import { sha256Hex } from '../lib/bytes.ts'
import { afterFailure, withReceipt } from '../paywall/paidAnswer.ts'
import { passOn, withheldBody } from '../paywall/paidBody.ts'
import {
  answerWith,
  createPaywall,
  digestOf,
  pending,
  type Sale,
  unavailable,
  unsupported,
} from '../paywall/paywall.ts'
import type { PaymentProblemType } from '../paywall/problem.ts'
import { type AppContext, callerOf, type Stage } from '../pipeline/context.ts'
import type { Isolate } from '../store/isolate.ts'
import { charges } from '../store/payments/charges.ts'

/** Answers 402 for this call. */
type Reply = (type: PaymentProblemType, detail?: string) => Promise<Response>

export function charge(
  route: Route & { price: CallPrice },
  config: Config,
  isolate: Isolate,
): Stage {
  const paywall = createPaywall(route, config, isolate)

  return async function charge(c, next) {
    if (callerOf(c).kind !== 'anonymous') return next()
    const { path, query } = c.get('target')
    const digest = await digestOf(c, route)
    const offers = isolate.offersOf(c.env, route)
    const sale = { offers, method: c.req.method, target: path + query, digest }
    const presented = c.get('payment')
    const reply: Reply = (type, detail) => paywall.challenged(c, sale, type, detail)
    if (presented === undefined) return reply('payment-required')
    const order = await orderOf(c, sale, presented)
    if (typeof order === 'string') {
      return order === 'method-unsupported' ? unsupported() : reply(order)
    }
    paywall.checkTries(c)
    const opened = await charges.open(c.env, order)
    if (opened.state === 'refused') {
      paywall.countTry(c)
      return reply(opened.refusal, opened.detail)
    }
    if (opened.state === 'replayed') {
      paywall.countTry(c)
      return madeBefore(opened.answer, opened.receipt)
    }
    const { id } = order.credential.challenge
    c.set('caller', {
      kind: 'payment',
      payer: payerOfClaim(opened),
      challengeId: id,
      amount: order.amount,
      currency: order.currency,
      moved: opened.state === 'paid',
    })
    await answerWith(c, serve(c, id, opened, next, reply))
    return undefined
  }

  /** The presented credential as an order, or what is wrong with it. */
  async function orderOf(
    c: AppContext,
    sale: Sale,
    presented: string,
  ): Promise<ChargeOrder | PaymentProblemType> {
    const payment = await paywall.read(c, sale, presented)
    if (typeof payment === 'string') return payment
    const { credential, offer, expiresAt } = payment
    // What is owed can be asked for when its challenge has long ended.
    if (!(Date.now() < expiresAt + OWED_MS)) return 'payment-expired'
    const { method, amount, currency, recipient, chainId, domain } = offer
    const idempotencyKey = idempotencyKeyOf(c)
    const isSponsored = route.price.sponsored && method === 'tempo'
    return {
      credential,
      credentialHash: await sha256Hex(canonicalPayment(credential)),
      expiresAt,
      row: route.id,
      requestId: c.get('requestId'),
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

  /** Asks the origin, and gives its answer for the payment, or lets go of the payment. */
  async function serve(
    c: AppContext,
    id: string,
    opened: Exclude<Opened, { state: 'refused' | 'replayed' }>,
    next: () => Promise<void>,
    reply: Reply,
  ): Promise<Response> {
    if (opened.state === 'pending') throw stillPending(c)
    if (opened.state === 'unavailable') throw unavailable()
    const requestId = c.get('requestId')
    const deadline = Date.now() + route.timeoutMs
    await next()
    const answer = c.res
    if (c.error !== undefined || !answer.ok) return unserved(c, id, opened)
    if (route.price.settle === 'before' && opened.state === 'paid') {
      return streamed(c, id, answer, opened.receipt)
    }
    const withheld = await withheldBody(answer, deadline - Date.now())
    if (withheld === null || c.req.raw.signal.aborted) {
      if (opened.state === 'authorized') paywall.countTry(c)
      await charges.fail(c.env, id, requestId)
      const cause = new Error('the answer is broken, or too large to be withheld, or nobody waits')
      throw afterFailure(new Problem('origin_unavailable', { cause }), movedReceipt(opened))
    }
    // Asked for what has moved too: this request may have been too slow, and another has the claim.
    const settled = await charges.settle(c.env, id, requestId, {
      status: answer.status,
      headers: [...answer.headers],
      body: answer.body === null ? null : withheld,
    })
    if (settled.state === 'refused') {
      paywall.countTry(c)
      return reply(settled.refusal, settled.detail)
    }
    if (settled.state === 'unavailable') throw afterFailure(unavailable(), null)
    if (settled.state === 'pending') throw stillPending(c)
    // Noted while the answer is on its way: an isolate that dies now rather gives it twice than never.
    const gone = c.req.raw.signal.aborted
    c.executionCtx.waitUntil(
      gone ? charges.fail(c.env, id, requestId) : charges.deliver(c.env, id, requestId),
    )
    return withReceipt(answer, withheld, settled.receipt)
  }

  /** Looked for on the chain each time, after an origin that nobody has paid for yet: a try like any other. */
  function stillPending(c: AppContext): Problem {
    paywall.countTry(c)
    return pending()
  }

  async function unserved(c: AppContext, id: string, opened: Opened): Promise<Response> {
    if (opened.state === 'authorized') paywall.countTry(c)
    await charges.fail(c.env, id, c.get('requestId'))
    if (c.error === undefined) return c.res // the origin's own answer stays as it is, without a receipt
    throw afterFailure(asProblem(c.error), movedReceipt(opened))
  }
}

/**
 * An answer that is paid for already, as it comes. It is delivered when its first bytes have gone out: who
 * leaves in the middle has had what came so far, and could else have the stream again and again.
 */
function streamed(c: AppContext, id: string, answer: Response, receipt: Receipt): Response {
  const requestId = c.get('requestId')
  const { readable, writable } = new IdentityTransformStream()
  const begun = (wrote: boolean) =>
    wrote ? charges.deliver(c.env, id, requestId) : charges.fail(c.env, id, requestId)
  c.executionCtx.waitUntil(passOn(answer.body, writable, begun))
  return withReceipt(answer, answer.body === null ? null : readable, receipt)
}

/** An answer once more. */
function madeBefore({ status, headers, body }: KeptAnswer, receipt: Receipt): Response {
  return withReceipt(new Response(body, { status, headers }), body, receipt)
}

/** The request's `Idempotency-Key` (draft-ietf-httpapi-idempotency-key-header), as it is written. */
function idempotencyKeyOf(c: AppContext): string | undefined {
  const key = c.req.header('idempotency-key')
  if (key === undefined || /^[\x21-\x7e]{1,255}$/.test(key)) return key
  throw new Problem('invalid_input', {
    message: 'Idempotency-Key must be 1 to 255 visible characters.',
  })
}

const movedReceipt = (opened: Opened) => (opened.state === 'paid' ? opened.receipt : null)

function payerOfClaim(opened: Opened): string {
  return 'payer' in opened ? opened.payer : 'unknown'
}
