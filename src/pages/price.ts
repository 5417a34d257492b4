/** The price of a route in words. */
import type { Config, Route } from '../config/config.ts'
import { shownDollars } from '../lib/money.ts'
import { PRICE } from './words/price.ts'
import type { Words } from './words.ts'

/** "$0.00015 a call", or "$0.00015 for each tweet, at most 100 a call"; null without a price. */
export function routePrice(
  { say, decimal, number }: Words,
  { payments }: Config,
  { price }: Route,
): string | null {
  if (price === null || payments === null) return null
  const shown = decimal(shownDollars(String(price.amount), payments.decimals))
  if (price.intent === 'charge') return say(PRICE.call, { price: shown })
  return say(PRICE.results, { price: shown, unit: price.unit, most: number(price.most.max) })
}
