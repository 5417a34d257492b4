/** What every way of paying shares: answering 402 with fresh challenges, and reading what comes back. */

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
import { readBytes } from '../http/body.ts'
import { Problem } from '../http/problem.ts'
import { sha256, toBase64 } from '../lib/bytes.ts'
import { type Eventually, when } from '../lib/when.ts'
import { type Answer, json } from '../pipeline/answer.ts'
import type { Call } from '../pipeline/call.ts'
import { challengeKeysOf } from '../store/env.ts'
import type { Isolate } from '../store/isolate.ts'
import { acceptedOffers } from './acceptPayment.ts'
import type { Offer } from './offers.ts'
import { type PaymentProblemType, paymentProblemBody } from './problem.ts'

/** What is for sale to one request. */
export interface Sale<O extends Offer = Offer> {
  /** The ways to pay, the row's preferred one first. */
  offers: readonly O[]
  /** What a challenge is bound to beside the row: for one call its method and whole target. */
  method: string
  target: string
  /** RFC 9530 digest of the request's body, if it has one. */
  digest: string | undefined
}

/** A payment that answers a challenge of ours for one of the sale's offers. No proof has been looked at. */
export interface PresentedPayment<O extends Offer = Offer> {
  credential: PaymentCredential
  offer: O
  /** When its challenge expires, epoch milliseconds. */
  expiresAt: number
}

/** Which of a row's requests a challenge was made for. By default exactly the offer's. */
export type IsRequestOf<O extends Offer> = (offer: O, request: string) => boolean

const isSameRequest: IsRequestOf<Offer> = (offer, request) => offer.request === request

/** The paywall of one row. */
export function createPaywall<O extends Offer = Offer>(
  route: Route,
  _config: Config,
  isolate: Isolate,
  isRequestOf: IsRequestOf<O> = isSameRequest,
) {
  const boughtBy = ({ method, target }: Sale<O>) => bindingOf(method, route.id, target)

  return {
    /**
     * 402 with a fresh challenge for each offer that the client takes. The same for each that is asked for
     * without paying, so counted by address. `fields` are members of the problem beside the usual ones.
     */
    challenged(
      call: Call,
      sale: Sale<O>,
      type: PaymentProblemType,
      detail?: string,
      fields: Record<string, string> = {},
    ): Eventually<Answer> {
      isolate.refusals.take(call.address)
      const offers = acceptedOffers(call.header('accept-payment'), sale.offers)
      return when(challengeKeysOf(call.env), ([key]) => {
        if (key === undefined) throw new Error('no key to bind challenges with')
        return when(boughtBy(sale), async (binding) => {
          const challenges: Challenge[] = []
          for (const offer of offers) {
            const expiresAt = Date.now() + offer.challengeMs
            const parameters = { binding, digest: sale.digest, expiresAt }
            challenges.push(await issueChallenge(offer, parameters, key))
          }
          const headers = {
            'content-type': 'application/problem+json',
            'www-authenticate': challenges.map(serializeChallenge).join(', '),
          }
          const problem = paymentProblemBody(type, 402, detail)
          const body = Object.assign(problem, fields, { challengeId: challenges[0]?.id })
          return json(body, 402, headers)
        })
      })
    },

    /** The presented credential, or what is wrong with it. All that costs no look-up is checked here, but for its age. */
    async read(
      call: Call,
      sale: Sale<O>,
      presented: string,
    ): Promise<PresentedPayment<O> | PaymentProblemType> {
      const credential = parsePayment(presented)
      if (credential === null) return 'malformed-credential'
      const { challenge } = credential
      const offer = sale.offers.find(
        ({ method, intent }) => challenge.method === method && challenge.intent === intent,
      )
      if (offer === undefined) return 'method-unsupported'
      if (!(await isOurs(challenge, await challengeKeysOf(call.env)))) return 'invalid-challenge'
      const isFor =
        isForSale(challenge, offer, sale.digest) && isRequestOf(offer, challenge.request)
      if (!isFor || bindingOfChallenge(challenge) !== (await boughtBy(sale)))
        return 'invalid-challenge'
      const expiresAt = Date.parse(challenge.expires ?? '')
      return Number.isNaN(expiresAt) ? 'invalid-challenge' : { credential, offer, expiresAt }
    },

    /**
     * Throws for an address that has tried too often without paying. What is tried costs the chain and the ledger
     * something, so it is limited, apart from the 402s: a crowd of those must not keep anybody from paying.
     */
    checkTries: ({ address }: Call): void => isolate.tries.check(address),

    /** Counts a try that was not paid. */
    countTry: ({ address }: Call): void => isolate.tries.count(address),
  }
}

/** Whether an echoed challenge of ours was made for just this offer, and for this body. */
function isForSale(challenge: Challenge, offer: Offer, digest: string | undefined): boolean {
  return (
    challenge.realm === offer.realm &&
    challenge.header === offer.header &&
    challenge.digest === digest
  )
}

/** RFC 9530 `sha-256` of the request's body, if it has one; the body stays readable for the origin. */
export function digestOf(call: Call, route: Route): Eventually<string | undefined> {
  return when(bodyOf(call, route), (bytes) =>
    bytes === null ? undefined : sha256(bytes).then((hash) => `sha-256=:${toBase64(hash)}:`),
  )
}

/** The request's whole body, or null for none or an empty one; it stays readable for the origin. */
export function bodyOf(call: Call, route: Route): Eventually<Uint8Array<ArrayBuffer> | null> {
  const { request, method } = call
  if (method === 'GET' || method === 'HEAD' || request.body === null) return null
  return readBody(call, request.body, route.bodyBytes)
}

async function readBody(
  call: Call,
  body: ReadableStream<Uint8Array>,
  maxBytes: number,
): Promise<Uint8Array<ArrayBuffer> | null> {
  const bytes = await readBytes(body, maxBytes).catch((cause) => {
    throw new Problem('invalid_input', { cause })
  })
  if (bytes === null) throw new Problem('payload_too_large')
  call.bytes = bytes
  return bytes.byteLength === 0 ? null : bytes
}

/** Keeps the Worker alive until a paid call has settled, so that a disconnect cannot interrupt a payment. */
export function keepAlive<T>(call: Call, served: Promise<T>): Promise<T> {
  call.waitUntil(served.catch(() => undefined))
  return served
}

/** 400: a payment by a method or intent that the row does not offer, which no fresh challenge would mend. */
export function unsupported(): Answer {
  return paymentProblem('method-unsupported', 400)
}

/** A problem that no fresh challenge would mend. */
export function paymentProblem(
  type: PaymentProblemType,
  status: 400 | 410,
  detail?: string,
): Answer {
  const headers = { 'content-type': 'application/problem+json' }
  return json(paymentProblemBody(type, status, detail), status, headers)
}

/** What happened to a payment is not known yet: the same credential resumes. */
export const pending = () => new Problem('payment_pending', { headers: { 'retry-after': '2' } })

/** The chain or the ledger does not answer, and nothing has moved. */
export const unavailable = () =>
  new Problem('service_unavailable', { headers: { 'retry-after': '2' } })
