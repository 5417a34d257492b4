/** Checks and parses prices by the result, and the settings of payment channels. */

import { parseAmount, parsePrice } from '../lib/money.ts'
import type { Channels } from './config.ts'
import type { Most, ResultPrice, Results } from './routePrice.ts'
import type { ParsedConfig as Parsed, ParsedRoute } from './schema.ts'

type ParsedChannels = NonNullable<NonNullable<Parsed['payments']>['channels']>

/** A complaint, ending in `why`, for each field that only a price by the result may have. */
export function strayResultFields(route: ParsedRoute, why: string): string[] {
  const fields = (['unit', 'results', 'most'] as const).filter((name) => route[name] !== undefined)
  return fields.map((name) => `${name}: ${why}`)
}

/** The complaints about a route's price by the result. */
export function resultComplaints(route: ParsedRoute, { payments }: Parsed): string[] {
  const complaints: string[] = []
  const { settle, sponsored, unit, results, most, price } = route
  if (sponsored !== undefined)
    complaints.push('sponsored: only a price by the call can be; a channel has fees of its own')
  if (settle !== undefined)
    complaints.push('settle: means nothing for a price by the result, which is paid when counted')
  if (payments !== undefined && payments.channels === undefined)
    complaints.push(
      'intent: "session" needs "payments.channels", which says how channels are set up',
    )
  if (unit === undefined)
    complaints.push('unit: is missing; write what one result is, like "tweet"')
  const { uncountable: _, ...places } = results ?? {}
  if (Object.keys(places).length !== 1)
    complaints.push('results: needs exactly one of "pointer", "header" and "events"')
  complaints.push(...mostComplaints(most))
  const amount = parsePrice(price ?? '', payments?.decimals ?? 0)
  if (amount === 0n) complaints.push('price: a price by the result must be above "0"')
  if (amount !== null && amount * BigInt(most?.max ?? 1) > BigInt(Number.MAX_SAFE_INTEGER))
    complaints.push('most.max: so many results cost more than the ledger can record')
  return complaints
}

function mostComplaints(most: ParsedRoute['most']): string[] {
  if (most === undefined)
    return ['most: is missing; write how many results a call asks for, like { "max": 20 }']
  const complaints: string[] = []
  if (most.query !== undefined && most.body !== undefined)
    complaints.push('most: takes "query" or "body", not both')
  if (most.query !== undefined && most.default === undefined)
    complaints.push(
      'most.default: is missing; write how many a call without the parameter asks for',
    )
  if (most.query === undefined && most.default !== undefined)
    complaints.push('most.default: means nothing without "query"')
  if (most.default !== undefined && most.default > most.max)
    complaints.push('most.default: is more than "max"')
  return complaints
}

/** The complaints about the settings of channels, beyond the form of each field. */
export function channelComplaints({ payments }: Parsed): string[] {
  const deposit = payments?.channels?.suggestedDeposit
  if (payments === undefined || deposit === undefined) return []
  const { decimals } = payments
  if (parseAmount(deposit, decimals) !== null) return []
  const form = `a decimal above 0 with at most ${decimals} decimals, like "1.5"`
  return [`payments.channels.suggestedDeposit: "${deposit}" is not an amount; write ${form}`]
}

/** A route's price by the result. Call it only if there are no complaints. */
export function resultPriceOf(route: ParsedRoute, amount: bigint): ResultPrice {
  const { unit = '', paymentHeader = false } = route
  const [results, most] = [readResults(route), readMost(route)]
  const uncountable = route.results?.uncountable ?? 'refuse'
  return { intent: 'session', amount, unit, results, uncountable, most, paymentHeader }
}

function readResults({ results: { pointer = [], header, events } = {} }: ParsedRoute): Results {
  if (events) return { events }
  return header === undefined ? { pointer } : { header }
}

function readMost({
  most: { query, default: byDefault = 1, body, max } = { max: 1 },
}: ParsedRoute): Most {
  if (query !== undefined) return { query, default: byDefault, max }
  return body === undefined ? { max } : { body, max }
}

/** The settings of payment channels; null if the config has none. */
export function channelsOf(
  channels: ParsedChannels | undefined,
  decimals: number,
): Channels | null {
  if (channels === undefined) return null
  const { suggestedDeposit, escrow, operatorFrom } = channels
  const deposit = parseAmount(suggestedDeposit, decimals) ?? 0n
  return { suggestedDeposit: deposit, operatorFrom, escrow: escrow.toLowerCase() }
}
