/** The part of an offer that the documents publish, and its price in words. */
import type { Route } from '../../config/config.ts'
import { shownDollars } from '../../lib/money.ts'

/** An offer as it is published. The challenge of a 402 says the rest. */
export interface PublishedOffer {
  method: string
  intent: string
  /** For one call, or for one `unit`, in the currency's smallest unit. */
  amount: string
  /** The name of one result, for a route that is priced by the result. */
  unit?: string
  /** The most results that a call can ask for, for a route that is priced by the result. */
  maxResults?: number
  currency: string
  recipient: string
  chainId: number
  /** The decimal places of the currency. */
  decimals: number
  /** The currency's EIP-712 domain, where payers need it to sign. */
  domain?: { name: string; version: string }
}

/**
 * The offers that a route's challenges are made from; an empty list for a route without a price.
 */
export type OffersFor = (route: Route) => readonly PublishedOffer[]

/** "$0.00015 a call", or "$0.00015 for each tweet, at most 100 a call". */
export function priceInWords({ amount, decimals, unit, maxResults }: PublishedOffer): string {
  const price = shownDollars(amount, decimals)
  return unit === undefined
    ? `${price} a call`
    : `${price} for each ${unit}, at most ${maxResults} a call`
}
