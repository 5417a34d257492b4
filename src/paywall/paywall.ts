/**
 * The parts that all paywalls share: answering 402 with fresh challenges, and reading the
 * credentials that answer them.
 */
import type { Config, Route } from '../config/config.ts'
import type { Challenge, PaymentCredential } from '../contract/wire.ts'
import {
  bindingOf,
  bindingOfChallenge,
  isOurs,
  issueChallenge,
  serializeChallenge,
} from '../credentials/payments/challenge.ts'
import { parsePayment } from '../credentials/payments/credential.ts'
import { onlyReads } from '../http/methods.ts'
import { PAY_ONLY, Problem } from '../http/problem.ts'
import { Patience } from '../lib/patience.ts'
import { type Answer, json } from '../pipeline/answer.ts'
import { noticeLoss, uploadFor } from '../pipeline/bodies.ts'
import type { Call } from '../pipeline/call.ts'
import { challengeKeysOf } from '../store/env.ts'
import type { Isolate } from '../store/isolate.ts'
import { acceptedOffers } from './acceptPayment.ts'
import type { Offer } from './offers.ts'
import { type PaymentProblemType, paymentProblemBody } from './problem.ts'

/**
 * A purchase: the call that one request can buy. A challenge is bound to the route and to all of
 * this but the offers.
 */
export interface Purchase<O extends Offer = Offer> {
  /** The ways to pay, the route's preferred way first. */
  offers: readonly O[]
  /** The request's method, or "*" for a challenge that every call of the route can answer. */
  method: string
  /** The request's path and query, or the price for a challenge that every call can answer. */
  target: string
  /** The RFC 9530 digest of the request's body, or undefined if there is no body, or a form. */
  digest: string | undefined
  /** The digest of the parts of a form (boundBody.ts). */
  form?: string
}

/**
 * A payment that answers a challenge of the gateway for one of the offers. The proof has not been
 * verified.
 */
export interface PresentedPayment<O extends Offer = Offer> {
  credential: PaymentCredential
  offer: O
  /** When the challenge expires, in epoch milliseconds. */
  expiresAt: number
}

/** Answers one call with 402, and with fresh challenges for its purchase. */
export type Answer402 = (type: PaymentProblemType, detail?: string) => Promise<Answer>

/** Decides whether the `request` of a challenge is one of an offer's. */
export type IsRequestOf<O extends Offer> = (offer: O, request: string) => boolean

const isSameRequest: IsRequestOf<Offer> = (offer, request) => offer.request === request

/** Returns the paywall of one route. By default a `request` must be exactly the offer's. */
export function createPaywall<O extends Offer = Offer>(
  route: Route,
  isolate: Isolate,
  isRequestOf: IsRequestOf<O> = isSameRequest,
) {
  const bindingFor = ({ method, target, form }: Purchase<O>) =>
    bindingOf(method, route.id, form === undefined ? target : `${target} ${form}`)

  return {
    /**
     * Answers 402 with a fresh challenge for each offer that the client accepts. `detail` replaces
     * the sentence of the type; `fields` are more members of the problem. Anonymous callers can ask
     * for any number of challenges, so they are counted by address. Throws `rate_limit_exceeded`
     * for an address over the limit.
     */
    async answer402(
      call: Call,
      purchase: Purchase<O>,
      type: PaymentProblemType,
      detail?: string,
      fields: Record<string, string> = {},
    ): Promise<Answer> {
      isolate.unpaid.take(call)
      const [key] = await challengeKeysOf(call.env)
      if (key === undefined) throw new Error('no key to bind challenges with')
      const offers = acceptedOffers(call.header('accept-payment'), purchase.offers)
      const binding = await bindingFor(purchase)
      const { digest } = purchase
      const challenges: Challenge[] = []
      for (const offer of offers) {
        const expiresAt = Date.now() + offer.challengeMs
        challenges.push(await issueChallenge(offer, { binding, digest, expiresAt }, key))
      }
      const headers = {
        'content-type': 'application/problem+json',
        'www-authenticate': challenges.map(serializeChallenge).join(', '),
      }
      const takesKeys = route.auth.includes('api_key')
      const payOnly = type === 'payment-required' && !takesKeys ? PAY_ONLY : undefined
      const problem = paymentProblemBody(type, 402, detail ?? payOnly)
      call.challenged = { problem: problem.error, reason: type }
      const body = Object.assign(problem, fields, { challengeId: challenges[0]?.id })
      return json(body, 402, headers)
    },

    /**
     * Reads a presented credential. Resolves to the type of the problem if the credential is
     * malformed, or if its challenge is not one of the gateway for this purchase. Asks no store,
     * and checks neither the proof nor the expiry.
     */
    async read(
      call: Call,
      purchase: Purchase<O>,
      presented: string,
    ): Promise<PresentedPayment<O> | PaymentProblemType> {
      const credential = parsePayment(presented)
      if (credential === null) return 'malformed-credential'
      const { challenge } = credential
      const offer = purchase.offers.find(
        ({ method, intent }) => challenge.method === method && challenge.intent === intent,
      )
      if (offer === undefined) return 'method-unsupported'
      if (!(await isOurs(challenge, await challengeKeysOf(call.env)))) return 'invalid-challenge'
      // A credential counts only in the field that its challenge names (draft -01, section 5.2).
      // Beside `Authorization`, which decides alone, nothing else was read.
      if (offer.header !== undefined && call.headers.has('authorization'))
        return 'invalid-challenge'
      const isForOffer =
        isChallengeFor(challenge, offer, purchase.digest) && isRequestOf(offer, challenge.request)
      if (!isForOffer || bindingOfChallenge(challenge) !== (await bindingFor(purchase)))
        return 'invalid-challenge'
      const expiresAt = Date.parse(challenge.expires ?? '')
      return Number.isNaN(expiresAt) ? 'invalid-challenge' : { credential, offer, expiresAt }
    },

    /**
     * Counts a try of an address to pay, before the try costs anything. Throws
     * `rate_limit_exceeded` for an address that has tried too often without paying. Tries are
     * limited because each costs work of the chain and the ledger. They are counted apart from the
     * 402s, so that many unpaid calls do not keep a client from paying.
     */
    takeTry(call: Call): void {
      isolate.tries.take(call)
      call.isPaymentTried = true
    },

    /**
     * Throws `rate_limit_exceeded` for an address that may not try to pay now: a client that pays
     * by push would pay, and then be refused.
     */
    checkTries: (call: Call): void => isolate.tries.check(call),

    /** Takes a try back that was paid. */
    giveBackTry: (call: Call): void => isolate.tries.giveBack(call),
  }
}

/** Whether an echoed challenge was issued for this offer and this body. */
function isChallengeFor(challenge: Challenge, offer: Offer, digest: string | undefined): boolean {
  return (
    challenge.realm === offer.realm &&
    challenge.header === offer.header &&
    challenge.digest === digest
  )
}

/**
 * Resolves to the request's whole body, or to null if there is no body or an empty body. Also sets
 * `call.held`, which the origin gets. Throws `rate_limit_exceeded`, before anything is read, for
 * an address that has had too many 402s or tries; and as `uploadFor` does.
 */
export async function bodyOf(
  call: Call,
  route: Route,
  config: Config,
  isolate: Isolate,
): Promise<Uint8Array<ArrayBuffer> | null> {
  const { request, payment } = call
  if (onlyReads(call.method) || request.body === null) return null
  const limiter = payment === undefined ? isolate.unpaid : isolate.tries
  limiter.check(call)
  const patience = new Patience(() => noticeLoss(call))
  const upload = await uploadFor(call, route, config, isolate, patience).finally(() =>
    patience.end(),
  )
  if (upload === null) return null
  if (!('release' in upload)) throw new Error('a body of a caller without an account is not held')
  call.held = upload
  return upload.body.byteLength === 0 ? null : upload.body
}

/** Gives the memory of the body that `bodyOf` may have read back when a call has its answer. */
export function releaseBody(call: Call, answered: Promise<Answer>): Promise<Answer> {
  if (onlyReads(call.method)) return answered
  return answered.finally(() => {
    call.held?.release()
    call.held = undefined
  })
}

/**
 * Keeps the Worker alive until a paid call has settled, so that a disconnect cannot interrupt a
 * payment. Returns `served`.
 */
export function surviveDisconnect<T>(call: Call, served: Promise<T>): Promise<T> {
  call.waitUntil(served.catch(() => undefined))
  return served
}

/** Returns the answer 400 to a payment by a method or an intent that the route does not offer. */
export function unsupportedMethod(): Answer {
  return paymentProblem('method-unsupported', 400)
}

/** Returns a problem without a challenge, for a failure that no fresh challenge would repair. */
export function paymentProblem(
  type: PaymentProblemType,
  status: 400 | 410,
  detail?: string,
): Answer {
  const headers = { 'content-type': 'application/problem+json' }
  return json(paymentProblemBody(type, status, detail), status, headers)
}

/**
 * Returns the problem of a payment whose outcome is not known yet. The same credential, sent again,
 * resumes the payment.
 */
export const paymentPending = () =>
  new Problem('payment_pending', { headers: { 'retry-after': '2' } })

/** Returns the problem of a payment that nothing has moved for: chain or ledger do not answer. */
export const paymentUnavailable = () =>
  new Problem('service_unavailable', { headers: { 'retry-after': '2' } })
