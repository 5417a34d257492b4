/**
 * The paywall of a route that is priced by the result. It is shared by calls (`meter`) and channel
 * management (`manage`).
 * See docs/decisions/0017.
 */
import type { Config, MeteredRoute } from '../../config/config.ts'
import type {
  Accepted,
  ChannelOrder,
  ChannelReceipt,
  LimitedOpenings,
  RefusedChannel,
} from '../../contract/channel.ts'
import { OWED_MS } from '../../contract/charge.ts'
import type { PaymentCredential } from '../../contract/wire.ts'
import { serializeReceipt } from '../../credentials/payments/credential.ts'
import { asProblem, Problem } from '../../http/problem.ts'
import { sha256Hex } from '../../lib/bytes.ts'
import type { Answer } from '../../pipeline/answer.ts'
import type { Call } from '../../pipeline/call.ts'
import type { Isolate } from '../../store/isolate.ts'
import { channelIdOf, channels } from '../../store/payments/channels.ts'
import { afterFailure } from '../paidAnswer.ts'
import { setPaymentStatus } from '../paymentStatus.ts'
import {
  createPaywall,
  type Purchase,
  paymentPending,
  paymentProblem,
  paymentUnavailable,
  unsupportedMethod,
} from '../paywall.ts'
import type { PaymentProblemType } from '../problem.ts'
import {
  askedAmount,
  type ChannelOffer,
  channelOffersOf,
  offerForResults,
  withSnapshot,
} from './channelOffers.ts'
import { giveBack } from './giveBack.ts'
import { maxResultsOf, readableBody } from './maxResults.ts'

/** The results that one request asks for, as something to buy through a channel. */
export interface ChannelPurchase extends Purchase<ChannelOffer> {
  offer: ChannelOffer
  maxResults: number
}

/** An accepted payment for a call: the most that the call can cost is reserved. */
export interface ReservedPayment {
  state: 'reserved'
  payer: string
  channelId: string
  challengeId: string
  receipt: ChannelReceipt
  /** How long the answer may take, in milliseconds, if the call opens its channel. */
  answerWithinMs?: number
}

/** Decides what a credential is for, by the action of its payload. */
export type PurposeOf = (action: unknown) => ChannelOrder['purpose']

/**
 * Returns the paywall of one route. `holdMs` is how long a reservation lives without being used, in
 * milliseconds.
 */
export function createChannelPaywall(
  route: MeteredRoute,
  config: Config,
  isolate: Isolate,
  holdMs: number,
) {
  const channelOfferOf = channelOffersOf(config)
  const paywall = createPaywall<ChannelOffer>(
    route,
    isolate,
    (offer, request) => askedAmount(offer, request) !== null,
  )

  /** Answers a payment that bought nothing: throws, or resolves to the refusal. */
  async function unpaid(
    call: Call,
    purchase: ChannelPurchase,
    outcome:
      | RefusedChannel
      | LimitedOpenings
      | Extract<Accepted, { state: 'pending' | 'unavailable' }>,
  ): Promise<Answer> {
    setPaymentStatus(call, outcome.state === 'pending' ? { pending: true } : { charged: false })
    switch (outcome.state) {
      case 'pending':
        throw paymentPending()
      case 'unavailable':
        throw paymentUnavailable()
      case 'limited':
        throw tooManyOpenings(outcome)
      case 'refused': {
        const { status, type, detail, fields, snapshot } = outcome
        if (status !== 402) return paymentProblem(type, status, detail)
        const { offer } = purchase
        const offers = [snapshot === undefined ? offer : withSnapshot(offer, snapshot)]
        return paywall.answer402(call, { ...purchase, offers }, type, detail, fields)
      }
    }
  }

  return {
    /**
     * Returns what a request can buy. `body` is the request's whole body. A challenge for it is
     * valid for every call of the route at this price, because vouchers for many calls can answer
     * one challenge. So the challenge is bound to no target and no body.
     */
    purchaseOf(call: Call, body: Uint8Array | null): ChannelPurchase {
      const maxResults = maxResultsOf(route.price.most, call.target.query, readableBody(call, body))
      const offer = offerForResults(channelOfferOf(call.env, route), maxResults)
      return {
        offers: [offer],
        offer,
        maxResults,
        method: '*',
        target: String(route.price.amount),
        digest: undefined,
      }
    },

    /** Answers 402: see `createPaywall`. */
    answer402: (call: Call, purchase: ChannelPurchase, type: PaymentProblemType) =>
      paywall.answer402(call, purchase, type),

    /**
     * Sends a presented credential to its channel. Resolves to the reservation for a call, or to
     * the answer: 204 for channel management, 400, 402 or 410 for a credential that is refused.
     * Throws `payment_pending`, `service_unavailable`, or `rate_limit_exceeded` for an address that
     * has tried too often without paying, or for a payer that has opened too many channels.
     */
    async accept(
      call: Call,
      purchase: ChannelPurchase,
      presented: string,
      purposeOf: PurposeOf,
    ): Promise<ReservedPayment | Answer> {
      const payment = await paywall.read(call, purchase, presented)
      if (payment === 'method-unsupported') return unsupportedMethod()
      if (typeof payment === 'string') return paywall.answer402(call, purchase, payment)
      const { credential, offer, expiresAt } = payment
      const { action } = credential.payload
      if (isTooLate(action, expiresAt)) return paywall.answer402(call, purchase, 'payment-expired')
      paywall.takeTry(call)
      const purpose = purposeOf(action)
      // As long as the channel does not answer, nobody knows whether its transaction was sent.
      const isSent = SENT_ACTIONS.has(action)
      if (isSent) setPaymentStatus(call, { pending: true })
      const { chainId, currency, recipient, operator, escrow, amount } = offer
      const order = {
        credential,
        expiresAt,
        row: route.id,
        requestId: call.id,
        source: await sha256Hex(call.address),
        purpose,
        isStream: 'events' in route.price.results,
        holdMs,
        chainId,
        currency,
        recipient,
        operator,
        escrow,
        asked: askedAmount(offer, credential.challenge.request) ?? amount,
        most: purpose === 'call' ? amount : '0',
      }
      const accepted = await channels.accept(call.env, order).catch((error) => {
        // The channel may have reserved for the call, which the payer's next call needs.
        if (purpose === 'call') call.waitUntil(giveBack(call, channelIdOf(credential) ?? ''))
        throw isSent ? error : afterFailure(asProblem(error), null)
      })
      switch (accepted.state) {
        case 'reserved':
          return { ...accepted, challengeId: credential.challenge.id }
        case 'managed':
          paywall.giveBackTry(call)
          setPaymentStatus(call, { charged: false, reference: accepted.channelId })
          return managementAnswer(accepted.receipt, credential)
        default:
          return unpaid(call, purchase, accepted)
      }
    },

    unpaid,
    giveBackTry: paywall.giveBackTry,
  }
}

/** The actions that send a transaction, which can be pending when the challenge expires. */
const SENT_ACTIONS: ReadonlySet<unknown> = new Set(['open', 'topUp', 'close'])

/**
 * Whether a credential buys nothing because its challenge has expired. A credential that may have
 * sent a transaction in time is shown to its channel, which refuses it if it has not.
 */
function isTooLate(action: unknown, expiresAt: number): boolean {
  const lateMs = SENT_ACTIONS.has(action) ? OWED_MS : 0
  return !(Date.now() < expiresAt + lateMs)
}

/**
 * Returns the answer to channel management that is done: a receipt without a body. The close of a
 * payer that has signed for less than was spent gets no receipt: clients take no receipt for more
 * than they have signed, and throw one away with an error.
 */
function managementAnswer(receipt: ChannelReceipt, { payload }: PaymentCredential): Answer {
  const { action, cumulativeAmount } = payload
  const isBelow = action === 'close' && Number(cumulativeAmount) < Number(receipt.spent)
  const headers = {
    'cache-control': 'private, no-store',
    ...(isBelow ? {} : { 'payment-receipt': serializeReceipt(receipt) }),
  }
  return { status: 204, headers, body: null }
}

/** Returns the problem of a payer with too many openings of today of which nothing was spent. */
function tooManyOpenings({ retryAfter }: LimitedOpenings): Problem {
  return new Problem('rate_limit_exceeded', {
    message: 'Too many channels were opened today of which nothing was spent. Use one of them.',
    fields: { retryAfter },
    headers: { 'retry-after': String(retryAfter) },
  })
}
