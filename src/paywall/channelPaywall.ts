/**
 * The paywall of a route that is priced by the result. It is shared by calls (`meter`) and channel
 * management (`manage`).
 * See docs/decisions/0017.
 */
import type { Config, ResultPrice, Route } from '../config/config.ts'
import type { ChannelOrder, ChannelReceipt } from '../contract/channel.ts'
import { serializeReceipt } from '../credentials/payments/credential.ts'
import type { Answer } from '../pipeline/answer.ts'
import type { Call } from '../pipeline/call.ts'
import type { Isolate } from '../store/isolate.ts'
import { channels } from '../store/payments/channels.ts'
import {
  askedAmount,
  type ChannelOffer,
  channelOffersOf,
  offerForResults,
} from './channelOffers.ts'
import { maxResultsOf, readableBody } from './maxResults.ts'
import {
  createPaywall,
  type Purchase,
  paymentPending,
  paymentProblem,
  paymentUnavailable,
  unsupportedMethod,
} from './paywall.ts'
import type { PaymentProblemType } from './problem.ts'

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
}

/** Decides what a credential is for, by the action of its payload. */
export type PurposeOf = (action: unknown) => ChannelOrder['purpose']

/**
 * Returns the paywall of one route. `holdMs` is how long a reservation lives without being used, in
 * milliseconds.
 */
export function createChannelPaywall(
  route: Route & { price: ResultPrice },
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
     * has tried too often without paying.
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
      if (!(Date.now() < expiresAt)) return paywall.answer402(call, purchase, 'payment-expired')
      paywall.checkTries(call)
      const purpose = purposeOf(credential.payload.action)
      const { chainId, currency, recipient, operator, escrow, amount } = offer
      const accepted = await channels.accept(call.env, {
        credential,
        row: route.id,
        requestId: call.id,
        purpose,
        holdMs,
        chainId,
        currency,
        recipient,
        operator,
        escrow,
        asked: askedAmount(offer, credential.challenge.request) ?? amount,
        most: purpose === 'call' ? amount : '0',
      })
      switch (accepted.state) {
        case 'reserved': {
          const { state, payer, channelId, receipt } = accepted
          return { state, payer, channelId, challengeId: credential.challenge.id, receipt }
        }
        case 'managed':
          return managementAnswer(accepted.receipt)
        case 'pending':
          paywall.countTry(call)
          throw paymentPending()
        case 'unavailable':
          throw paymentUnavailable()
        case 'refused': {
          paywall.countTry(call)
          const { status, type, detail, fields } = accepted
          if (status !== 402) return paymentProblem(type, status, detail)
          return paywall.answer402(call, purchase, type, detail, fields)
        }
      }
    },

    countTry: paywall.countTry,
  }
}

/** Returns the answer to channel management that is done: a receipt without a body. */
function managementAnswer(receipt: ChannelReceipt): Answer {
  const headers = {
    'payment-receipt': serializeReceipt(receipt),
    'cache-control': 'private, no-store',
  }
  return { status: 204, headers, body: null }
}
