/**
 * Is it paid for? Wraps `proxy`: claim, then the origin, then settle or let go. Who has a key or a session
 * passes; a payment moves only for an answer that is given, and an answer is given only for one that moved.
 */

import { type AppContext, callerOf, type Stage } from '../context.ts'
import {
  bindingOf,
  boughtWith,
  type Challenge,
  isOurs,
  issueChallenge,
  serializeChallenge,
} from '../credentials/challenge.ts'
import { afterFailure, withReceipt } from '../credentials/paidAnswer.ts'
import { canonicalPayment, parsePayment, type Receipt } from '../credentials/payment.ts'
import { sha256, sha256Hex, toBase64 } from '../lib/bytes.ts'
import { readBytes } from '../lib/cappedBody.ts'
import type { Gateway, Price, Route } from '../lib/gateway.ts'
import { passOn, withheldBody } from '../lib/paidBody.ts'
import { type PaymentProblemType, paymentProblemBody } from '../lib/paymentProblem.ts'
import { asProblem, Problem } from '../lib/problem.ts'
import { tooManyRequests } from '../lib/rateLimitHeaders.ts'
import { type ChargeOrder, charges, type Opened } from '../store/charges.ts'
import { challengeKeysOf } from '../store/env.ts'
import type { Isolate } from '../store/isolate.ts'
import type { Offer } from '../store/offers.ts'

/** How long after a challenge's end an answer that is owed can still be asked for. */
const OWED_MS = 86_400_000
/** What a claim is held beyond the row's deadline, for everything but the origin. */
const MARGIN_MS = 5_000

export function charge(route: Route & { price: Price }, gateway: Gateway, isolate: Isolate): Stage {
  const { unauthenticatedLimit } = gateway
  const limits = unauthenticatedLimit === null ? [] : [unauthenticatedLimit]

  return async function charge(c, next) {
    if (callerOf(c).kind !== 'anonymous') return next()
    const offer = isolate.offerOf(c.env, route)
    const digest = await digestOf(c, route)
    const presented = c.get('payment')
    const reply = (type: PaymentProblemType, detail?: string) =>
      challenged(c, offer, digest, type, detail)
    if (presented === undefined) return reply('payment-required')
    const order = await orderOf(c, offer, digest, presented)
    if (typeof order === 'string') {
      return order === 'method-unsupported' ? unsupported() : reply(order)
    }
    // What is tried and not paid costs the chain and the ledger something, so it is limited, apart from
    // the 402s: a crowd of those behind one address must not keep anybody from paying.
    const now = Date.now()
    if (isolate.tries.isFull(c.get('address'), limits, now)) {
      throw tooManyRequests(isolate.tries.take(c.get('address'), limits, now))
    }
    const opened = await charges.open(c.env, order)
    if (opened.state === 'refused') {
      countTry(c)
      return reply(opened.refusal, opened.detail)
    }
    const { id } = order.credential.challenge
    c.set('caller', {
      kind: 'payment',
      payer: payerOf(opened),
      challengeId: id,
      amount: offer.amount,
      currency: offer.currency,
      moved: opened.state === 'paid',
    })
    const served = serve(c, id, opened, next, reply)
    // What has begun with money ends properly, though the caller may leave.
    c.executionCtx.waitUntil(served.catch(() => undefined))
    // Hono keeps the answer of the stage behind, or mixes the two, unless that one is taken away first.
    const answer = await served.finally(() => {
      c.res = undefined
    })
    c.res = answer
    return undefined
  }

  /** 402 with a fresh challenge; the same for each that is asked for without paying, so counted by address. */
  async function challenged(
    c: AppContext,
    offer: Offer,
    digest: string | undefined,
    type: PaymentProblemType,
    detail?: string,
  ): Promise<Response> {
    const counted = isolate.refusals.take(c.get('address'), limits, Date.now())
    if (!counted.admitted) throw tooManyRequests(counted)
    const [key] = await challengeKeysOf(c.env)
    if (key === undefined) throw new Error('no key to bind challenges with')
    const asked = { binding: await boughtBy(c), expiresAt: Date.now() + offer.challengeMs }
    const challenge = await issueChallenge(
      offer,
      digest === undefined ? asked : { ...asked, digest },
      key,
    )
    const body = { ...paymentProblemBody(type, 402, detail), challengeId: challenge.id }
    return new Response(JSON.stringify(body), {
      status: 402,
      headers: {
        'content-type': 'application/problem+json',
        'cache-control': 'no-store',
        'www-authenticate': serializeChallenge(challenge),
      },
    })
  }

  /** Counts a try that was not paid. */
  function countTry(c: AppContext): void {
    isolate.tries.take(c.get('address'), limits, Date.now())
  }

  /** The presented credential as an order, or what is wrong with it. All that costs no look-up is checked here. */
  async function orderOf(
    c: AppContext,
    offer: Offer,
    digest: string | undefined,
    presented: string,
  ): Promise<ChargeOrder | PaymentProblemType> {
    const credential = parsePayment(presented)
    if (credential === null) return 'malformed-credential'
    const { challenge } = credential
    if (challenge.method !== offer.method || challenge.intent !== offer.intent)
      return 'method-unsupported'
    if (!(await isOurs(challenge, await challengeKeysOf(c.env)))) return 'invalid-challenge'
    if (!isFor(challenge, offer, digest) || boughtWith(challenge) !== (await boughtBy(c)))
      return 'invalid-challenge'
    const expiresAt = Date.parse(challenge.expires ?? '')
    if (!(Date.now() < expiresAt + OWED_MS)) return 'payment-expired'
    return {
      ...{ credential, credentialHash: await sha256Hex(canonicalPayment(credential)), expiresAt },
      ...{
        row: route.id,
        requestId: c.get('requestId'),
        chainId: offer.chainId,
        amount: offer.amount,
      },
      ...{ currency: offer.currency, recipient: offer.recipient, settle: route.price.settle },
      holdMs: route.timeoutMs + MARGIN_MS,
    }
  }

  function boughtBy(c: AppContext): Promise<string> {
    const { path, query } = c.get('target')
    return bindingOf(c.req.method, route.id, path + query)
  }

  /** Asks the origin, and gives its answer for the payment, or lets go of the payment. */
  async function serve(
    c: AppContext,
    id: string,
    opened: Exclude<Opened, { state: 'refused' }>,
    next: () => Promise<void>,
    reply: (type: PaymentProblemType, detail?: string) => Promise<Response>,
  ): Promise<Response> {
    if (opened.state === 'pending') throw pending()
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
      await charges.fail(c.env, id, requestId)
      const cause = new Error('the answer is broken, or too large to be withheld, or nobody waits')
      throw afterFailure(new Problem('origin_unavailable', { cause }), receiptOf(opened))
    }
    // Asked for what has moved too: this request may have been too slow, and another has the claim.
    const settled = await charges.settle(c.env, id, requestId)
    if (settled.state === 'refused') return reply(settled.refusal, settled.detail)
    if (settled.state === 'unavailable') throw afterFailure(unavailable(), null)
    if (settled.state === 'pending') throw pending()
    // Noted while the answer is on its way: an isolate that dies now rather gives it twice than never.
    const gone = c.req.raw.signal.aborted
    c.executionCtx.waitUntil(
      gone ? charges.fail(c.env, id, requestId) : charges.deliver(c.env, id, requestId),
    )
    return withReceipt(answer, withheld, settled.receipt)
  }

  async function unserved(c: AppContext, id: string, opened: Opened): Promise<Response> {
    if (opened.state === 'authorized') countTry(c)
    await charges.fail(c.env, id, c.get('requestId'))
    if (c.error === undefined) return c.res // the origin's own answer stays as it is, without a receipt
    throw afterFailure(asProblem(c.error), receiptOf(opened))
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

/** Whether an echoed challenge of ours was made for just this offer, and for this body. */
function isFor(challenge: Challenge, offer: Offer, digest: string | undefined): boolean {
  return (
    challenge.realm === offer.realm &&
    challenge.request === offer.request &&
    challenge.header === offer.header &&
    challenge.digest === digest
  )
}

/** RFC 9530 `sha-256` of the request's body, if it has one; the body stays readable for the origin. */
async function digestOf(c: AppContext, route: Route): Promise<string | undefined> {
  const request = c.req.raw
  if (request.method === 'GET' || request.method === 'HEAD' || request.body === null)
    return undefined
  const bytes = await readBytes(request.body, route.bodyBytes).catch((cause) => {
    throw new Problem('invalid_input', { cause })
  })
  if (bytes === null) throw new Problem('payload_too_large')
  c.req.raw = new Request(request, { body: bytes })
  return bytes.byteLength === 0 ? undefined : `sha-256=:${toBase64(await sha256(bytes))}:`
}

const receiptOf = (opened: Opened) => (opened.state === 'paid' ? opened.receipt : null)

function payerOf(opened: Opened): string {
  return 'payer' in opened ? opened.payer : 'unknown'
}

function unsupported(): Response {
  const body = paymentProblemBody('method-unsupported', 400)
  const headers = { 'content-type': 'application/problem+json', 'cache-control': 'no-store' }
  return new Response(JSON.stringify(body), { status: 400, headers })
}

const pending = () => new Problem('payment_pending', { headers: { 'retry-after': '2' } })
const unavailable = () => new Problem('service_unavailable', { headers: { 'retry-after': '2' } })
