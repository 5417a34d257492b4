/** Where a row that is sold by the result takes payments: what calls share with what never reaches an origin. */

import type { Config, ResultPrice, Route } from '../config/config.ts'
import { serializeReceipt } from '../credentials/payments/credential.ts'
import type { Answer } from '../pipeline/answer.ts'
import type { Call } from '../pipeline/call.ts'
import type { Isolate } from '../store/isolate.ts'
import { type ChannelOrder, type ChannelReceipt, channels } from '../store/payments/channels.ts'
import { askedAmount, type ChannelOffer, channelOffersOf, offerForMost } from './channelOffers.ts'
import {
  createPaywall,
  paymentProblem,
  pending,
  type Sale,
  unavailable,
  unsupported,
} from './paywall.ts'
import type { PaymentProblemType } from './problem.ts'
import { mostOf } from './results.ts'

/** What one request can be sold: how many results it asks for at most, and how that is paid. */
export interface ChannelSale extends Sale<ChannelOffer> {
  offer: ChannelOffer
  most: number
}

/** A payment that was taken for a call: the most that it can cost is reserved. */
export interface Reserved {
  state: 'reserved'
  payer: string
  channelId: string
  challengeId: string
  receipt: ChannelReceipt
}

/** What a credential asks for, by its action. */
export type PurposeOf = (action: unknown) => ChannelOrder['purpose']

/** The till of one row. */
export function createChannelPaywall(
  route: Route & { price: ResultPrice },
  config: Config,
  isolate: Isolate,
  holdMs: number,
) {
  const channelOfferOf = channelOffersOf(config)
  const paywall = createPaywall<ChannelOffer>(
    route,
    config,
    isolate,
    (offer, request) => askedAmount(offer, request) !== null,
  )

  /**
   * What a request can be sold. A challenge is for every call of the row at this price: one is enough for many
   * vouchers, whatever each call asks for. So it is bound to no target and no body.
   */
  function saleFor(call: Call, body: Uint8Array | null): ChannelSale {
    const most = mostOf(route.price.most, call.target.query, body)
    const offer = offerForMost(channelOfferOf(call.env, route), most)
    const bound = { method: '*', target: String(route.price.amount), digest: undefined }
    return { ...bound, offers: [offer], offer, most }
  }

  const challenged = (call: Call, sale: ChannelSale, type: PaymentProblemType) =>
    paywall.challenged(call, sale, type)

  /** Takes what was presented: the reservation for a call, or the answer to everything else. */
  async function take(
    call: Call,
    sale: ChannelSale,
    presented: string,
    purposeOf: PurposeOf,
  ): Promise<Reserved | Answer> {
    const payment = await paywall.read(call, sale, presented)
    if (payment === 'method-unsupported') return unsupported()
    if (typeof payment === 'string') return challenged(call, sale, payment)
    const { credential, offer, expiresAt } = payment
    if (!(Date.now() < expiresAt)) return challenged(call, sale, 'payment-expired')
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
    if (accepted.state === 'pending') {
      paywall.countTry(call)
      throw pending()
    }
    if (accepted.state === 'unavailable') throw unavailable()
    if (accepted.state === 'managed') return managed(accepted.receipt)
    if (accepted.state === 'reserved') {
      const { payer, channelId, receipt } = accepted
      return { state: 'reserved', payer, channelId, challengeId: credential.challenge.id, receipt }
    }
    paywall.countTry(call)
    const { status, type, detail, fields } = accepted
    if (status !== 402) return paymentProblem(type, status, detail)
    return paywall.challenged(call, sale, type, detail, fields)
  }

  return { saleFor, challenged, take, countTry: paywall.countTry }
}

/** Done, with nothing to give but the receipt. */
function managed(receipt: ChannelReceipt): Answer {
  const headers = {
    'payment-receipt': serializeReceipt(receipt),
    'cache-control': 'private, no-store',
  }
  return { status: 204, headers, body: null }
}
