/** Where a row that is sold by the result takes payments: what calls share with what never reaches an origin. */

import type { Config, ResultPrice, Route } from '../config/config.ts'
import { serializeReceipt } from '../credentials/payments/credential.ts'
import type { AppContext } from '../pipeline/context.ts'
import type { Isolate } from '../store/isolate.ts'
import { type ChannelOrder, type ChannelReceipt, channels } from '../store/payments/channels.ts'
import { askedAmount, type ChannelOffer, offerForMost } from './channelOffers.ts'
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
  function saleFor(c: AppContext, body: Uint8Array | null): ChannelSale {
    const most = mostOf(route.price.most, c.get('target').query, body)
    const offer = offerForMost(isolate.channelOfferOf(c.env, route), most)
    const bound = { method: '*', target: String(route.price.amount), digest: undefined }
    return { ...bound, offers: [offer], offer, most }
  }

  const challenged = (c: AppContext, sale: ChannelSale, type: PaymentProblemType) =>
    paywall.challenged(c, sale, type)

  /** Takes what was presented: the reservation for a call, or the answer to everything else. */
  async function take(
    c: AppContext,
    sale: ChannelSale,
    presented: string,
    purposeOf: PurposeOf,
  ): Promise<Reserved | Response> {
    const payment = await paywall.read(c, sale, presented)
    if (payment === 'method-unsupported') return unsupported()
    if (typeof payment === 'string') return challenged(c, sale, payment)
    const { credential, offer, expiresAt } = payment
    if (!(Date.now() < expiresAt)) return challenged(c, sale, 'payment-expired')
    paywall.checkTries(c)
    const purpose = purposeOf(credential.payload.action)
    const { chainId, currency, recipient, operator, escrow, amount } = offer
    const accepted = await channels.accept(c.env, {
      credential,
      row: route.id,
      requestId: c.get('requestId'),
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
      paywall.countTry(c)
      throw pending()
    }
    if (accepted.state === 'unavailable') throw unavailable()
    if (accepted.state === 'managed') return managed(accepted.receipt)
    if (accepted.state === 'reserved') {
      const { payer, channelId, receipt } = accepted
      return { payer, channelId, challengeId: credential.challenge.id, receipt }
    }
    paywall.countTry(c)
    const { status, type, detail, fields } = accepted
    if (status !== 402) return paymentProblem(type, status, detail)
    return paywall.challenged(c, sale, type, detail, fields)
  }

  return { saleFor, challenged, take, countTry: paywall.countTry }
}

/** Done, with nothing to give but the receipt. */
function managed(receipt: ChannelReceipt): Response {
  const headers = {
    'payment-receipt': serializeReceipt(receipt),
    'cache-control': 'private, no-store',
  }
  return new Response(null, { status: 204, headers })
}
