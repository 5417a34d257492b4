/** What a price by the result is on the wire: an offer for each most that a call can ask for, built once. */

import type { Config, ResultPrice, Route } from '../config/config.ts'
import { encodeJson } from '../credentials/payments/challenge.ts'
import { fromBase64url } from '../lib/bytes.ts'
import { memoize } from '../lib/memoize.ts'
import type { Env } from '../store/env.ts'
import { addressFrom, type Offer, tempoOffer } from './offers.ts'

/** An offer to pay through a channel. Its amount is the price of one result, until a call says how many. */
export interface ChannelOffer extends Offer {
  escrow: string
  /** Who may settle for the recipient. */
  operator: string
  /** In the currency's smallest unit. */
  suggestedDeposit: string
  /** What one result is. */
  unit: string
  /** The most results that any call can ask for. */
  most: number
}

/** How many offers of a row are kept: most clients ask for a few round numbers. */
const MAX_OFFERS = 1_000

/** The offers of a gateway's routes that are priced by the result. */
export const channelOffersOf = memoize((config: Config) => {
  const ofEnv = memoize((env: Env) =>
    memoize(({ price }: Route & { price: ResultPrice }) => makeOffer(config, env, price)),
  )

  /** How to pay for a row. Throws when the recipient's binding is missing. */
  return (env: Env, route: Route & { price: ResultPrice }): ChannelOffer => ofEnv(env)(route)
})

function makeOffer(config: Config, env: Env, price: ResultPrice): ChannelOffer {
  const channels = config.payments?.channels
  if (!channels) throw new Error('a row is sold by the result, but nothing says what a channel is')
  const offer = {
    ...tempoOffer(config, env, price),
    escrow: channels.escrow,
    suggestedDeposit: String(channels.suggestedDeposit),
    operator: addressFrom(env, channels.operatorFrom, 'that settles channels'),
    unit: price.unit,
    most: price.most.max,
  }
  return { ...offer, request: requestFor(offer, offer.amount) }
}

const keptFor = memoize((_: ChannelOffer) => new Map<number, ChannelOffer>())

/** The offer for a call that asks for at most so many results: clients authorize its amount for each call. */
export function offerForMost(offer: ChannelOffer, most: number): ChannelOffer {
  const offers = keptFor(offer)
  const known = offers.get(most)
  if (known !== undefined) return known
  const amount = String(BigInt(offer.amount) * BigInt(most))
  const made = { ...offer, amount, request: requestFor(offer, amount) }
  if (offers.size < MAX_OFFERS) offers.set(most, made)
  return made
}

/** The amount that an echoed request asks for, if the request is the offer's but for that; else null. */
export function askedAmount(offer: ChannelOffer, request: string): string | null {
  const json = fromBase64url(request, 2_048)
  const amount = /"amount":"([1-9][0-9]{0,15})"/.exec(json ?? '')?.[1]
  return amount !== undefined && requestFor(offer, amount) === request ? amount : null
}

/** The request of draft-tempo-session, as mppx reads it. */
function requestFor(offer: ChannelOffer, amount: string): string {
  const { currency, recipient, suggestedDeposit, unit, chainId, escrow, operator } = offer
  const methodDetails = { chainId, escrowContract: escrow, operator, sessionProtocol: 'v2' }
  return encodeJson({
    amount,
    currency,
    recipient,
    suggestedDeposit,
    unitType: unit,
    methodDetails,
  })
}
