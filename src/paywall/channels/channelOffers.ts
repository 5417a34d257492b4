/**
 * Offers to pay through a channel: the price by the result of a route as it is on the wire. There
 * is one offer for each number of results that a call can ask for, built once.
 */
import type { Config, MeteredRoute } from '../../config/config.ts'
import type { ResultPrice } from '../../config/routePrice.ts'
import type { ChannelSnapshot } from '../../contract/channel.ts'
import { encodeJson } from '../../credentials/payments/challenge.ts'
import { fromBase64url } from '../../lib/bytes.ts'
import type { Json } from '../../lib/canonicalJson.ts'
import { memoize } from '../../lib/memoize.ts'
import type { Env } from '../../store/env.ts'
import { addressFrom, type Offer, tempoOffer } from '../offers.ts'

/**
 * An offer to pay through a channel. Its amount is the price of one result, or of all the results
 * that a call asks for (`offerForResults`).
 */
export interface ChannelOffer extends Offer {
  /** The address of the escrow contract. */
  escrow: string
  /** The address that may settle for the recipient. */
  operator: string
  /** In the currency's smallest unit. */
  suggestedDeposit: string
  /** The name of one result, like "tweet". */
  unit: string
  /** The most results that any call can ask for. */
  maxResults: number
}

/**
 * The most offers of a route that are kept. Most clients ask for a few round numbers of results.
 */
const MAX_OFFERS = 1_000

/**
 * Returns the function that finds the offer of one result, for a route that is priced by the
 * result. It throws an Error for the operator if the variable of the recipient or the operator is
 * not set.
 */
export const channelOffersOf = memoize((config: Config) => {
  const ofEnv = memoize((env: Env) =>
    memoize(({ price }: MeteredRoute) => makeOffer(config, env, price)),
  )

  return (env: Env, route: MeteredRoute): ChannelOffer => ofEnv(env)(route)
})

function makeOffer(config: Config, env: Env, price: ResultPrice): ChannelOffer {
  const channels = config.payments?.channels
  if (!channels)
    throw new Error('a route is priced by the result, but the config has no payments.channels')
  const offer = {
    ...tempoOffer(config, env, price),
    escrow: channels.escrow,
    suggestedDeposit: String(channels.suggestedDeposit),
    operator: addressFrom(env, channels.operatorFrom, 'that settles channels'),
    unit: price.unit,
    maxResults: price.most.max,
  }
  return { ...offer, request: requestFor(offer, offer.amount) }
}

/** The offers that were made of an offer, by number of results. */
const keptOffersOf = memoize((_: ChannelOffer) => new Map<number, ChannelOffer>())

/**
 * Returns the offer for a call that asks for at most so many results, made of the offer of one
 * result. Its amount is what a client authorizes for the call.
 */
export function offerForResults(offer: ChannelOffer, maxResults: number): ChannelOffer {
  const offers = keptOffersOf(offer)
  const known = offers.get(maxResults)
  if (known !== undefined) return known
  const amount = String(BigInt(offer.amount) * BigInt(maxResults))
  const made = { ...offer, amount, request: requestFor(offer, amount) }
  if (offers.size < MAX_OFFERS) offers.set(maxResults, made)
  return made
}

/**
 * Returns the offer with the state of the payer's channel, from which the client learns what to
 * sign (draft-tempo-session, `sessionSnapshot`).
 */
export function withSnapshot(offer: ChannelOffer, snapshot: ChannelSnapshot): ChannelOffer {
  return { ...offer, request: requestFor(offer, offer.amount, snapshot) }
}

/** The longest `request` of ours, in characters: with a snapshot. */
const MAX_REQUEST = 4_096

/**
 * Returns the amount that an echoed `request` asks for. Returns null if the request differs from
 * the offer's in more than the amount and the snapshot.
 */
export function askedAmount(offer: ChannelOffer, request: string): string | null {
  const json = fromBase64url(request, MAX_REQUEST) ?? ''
  const amount = /"amount":"([1-9][0-9]{0,15})"/.exec(json)?.[1]
  if (amount === undefined) return null
  const snapshot = json.includes('"sessionSnapshot":') ? snapshotIn(json) : undefined
  return requestFor(offer, amount, snapshot) === request ? amount : null
}

/** The snapshot in the JSON of a `request` that the gateway has written. */
function snapshotIn(json: string): Json | undefined {
  try {
    return JSON.parse(json).methodDetails.sessionSnapshot
  } catch {
    return undefined
  }
}

/** Returns a challenge's `request` (draft-tempo-session), in the form that mppx reads. */
function requestFor(offer: ChannelOffer, amount: string, snapshot?: Json): string {
  const { currency, recipient, suggestedDeposit, unit, chainId, escrow, operator } = offer
  const details = { chainId, escrowContract: escrow, operator, sessionProtocol: 'v2' }
  const methodDetails = snapshot === undefined ? details : { ...details, sessionSnapshot: snapshot }
  return encodeJson({
    amount,
    currency,
    recipient,
    suggestedDeposit,
    unitType: unit,
    methodDetails,
  })
}
