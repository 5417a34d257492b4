/** Prices of rows: what is wrong with them, and what they are in the currency's smallest unit. */

import type { PaymentMethodName } from './config.ts'
import {
  MAX_PAID_TIMEOUT_MS,
  type ParsedConfig as Parsed,
  type ParsedRoute,
} from './configSchema.ts'
import type { Channels, Payments, Price } from './gateway.ts'
import { parseAmount, parsePrice } from './money.ts'
import type { Most, Results } from './results.ts'

type ParsedChannels = NonNullable<NonNullable<Parsed['payments']>['channels']>

const OF_PRICES = [
  'intent',
  'methods',
  'settle',
  'sponsored',
  'paymentHeader',
  'unit',
  'results',
  'most',
] as const
const OF_RESULTS = ['unit', 'results', 'most'] as const

/** What a claim is held beyond the row's deadline, for everything but the origin. */
export const MARGIN_MS = 5_000

/** What is wrong with how a row is paid for. */
export function priceComplaints(row: ParsedRoute, config: Parsed): string[] {
  const takesPayment = row.auth.includes('payment')
  if (row.price === undefined) {
    const stray = OF_PRICES.filter((name) => row[name] !== undefined)
    const complaints = stray.map((name) => `${name}: means nothing without a price`)
    return takesPayment ? [...complaints, 'auth: takes "payment" but has no price'] : complaints
  }
  const complaints: string[] = []
  const { payments } = config
  if (!takesPayment) complaints.push('price: nobody can pay it; add "payment" to auth')
  if (payments === undefined)
    complaints.push('price: "payments" is missing: it says how a price is paid')
  else if (parsePrice(row.price, payments.decimals) === null) {
    const form = `a decimal with at most ${payments.decimals} decimals, like "0.00015", or "0" for a proof only`
    complaints.push(`price: "${row.price}" is no price; write ${form}`)
  }
  if (row.methods !== undefined) complaints.push(...methodComplaints(row, row.methods, config))
  if (row.auth.includes('anonymous'))
    complaints.push('auth: takes "anonymous", so nobody would pay the price')
  if (row.origin === undefined) complaints.push('price: only a row with an origin can be sold')
  if (row.websocket) complaints.push('websocket: a socket cannot be paid for by the call')
  return [
    ...complaints,
    ...(row.intent === 'session' ? resultComplaints(row, config) : callComplaints(row, config)),
  ]
}

function callComplaints(row: ParsedRoute, { payments }: Parsed): string[] {
  const complaints = OF_RESULTS.filter((name) => row[name] !== undefined).map((name) => {
    return `${name}: means nothing for a price by the call; write intent "session"`
  })
  if (row.sponsored && payments?.sponsor === undefined)
    complaints.push('sponsored: "payments.sponsor" is missing: it says how much a day')
  if (row.sponsored && row.methods !== undefined && !row.methods.includes('tempo'))
    complaints.push('sponsored: only fees of "tempo" can be paid for others')
  if (row.sponsored && row.price === '0')
    complaints.push('sponsored: a proof costs no fee; remove it')
  if (row.settle !== 'before' && row.timeout > MAX_PAID_TIMEOUT_MS) {
    const most = `at most ${MAX_PAID_TIMEOUT_MS / 1000}s, or settle "before"`
    complaints.push(`timeout: a payment that waits for the origin lives about 25 s; write ${most}`)
  }
  return complaints
}

/** What is wrong with the ways in which a row's price can be paid. */
function methodComplaints(
  row: ParsedRoute,
  methods: readonly PaymentMethodName[],
  { payments }: Parsed,
): string[] {
  if (new Set(methods).size < methods.length) return ['methods: one is named twice']
  if (!methods.includes('evm')) return []
  const complaints: string[] = []
  const { price = '' } = row
  if (row.intent === 'session')
    complaints.push('methods: "evm" cannot pay by the result; take "tempo" alone')
  if (price === '0') complaints.push('methods: "evm" has no proof for nothing; take "tempo" alone')
  if (payments === undefined) return complaints
  const { evm } = payments
  if (evm === undefined) {
    complaints.push('methods: "payments.evm" is missing: it says how "evm" is paid')
  } else if (
    parsePrice(price, payments.decimals) !== null &&
    parsePrice(price, evm.decimals) === null
  ) {
    const form = `at most ${evm.decimals} decimals, and less than 2^53 of its smallest unit`
    complaints.push(`price: "${price}" is no price in the currency of "evm"; write ${form}`)
  }
  if (payments.challenge <= row.timeout + MARGIN_MS) {
    const life = `${(row.timeout + MARGIN_MS) / 1000}s`
    complaints.push(
      `timeout: what pays by "evm" lives as long as a challenge; let "payments.challenge" be more than ${life}`,
    )
  }
  return complaints
}

function resultComplaints(row: ParsedRoute, config: Parsed): string[] {
  const complaints: string[] = []
  const { settle, sponsored, unit, results, most, price } = row
  const { payments } = config
  if (sponsored !== undefined)
    complaints.push('sponsored: only a price by the call can be; a channel has fees of its own')
  if (settle !== undefined)
    complaints.push('settle: means nothing for a price by the result, which is kept when counted')
  if (payments !== undefined && payments.channels === undefined)
    complaints.push('intent: "payments.channels" is missing: it says what a channel is')
  if (unit === undefined) complaints.push('unit: is missing: what one result is, like "tweet"')
  if (Object.keys(results ?? {}).length !== 1)
    complaints.push('results: needs exactly one of "pointer", "header" and "events"')
  complaints.push(...mostComplaints(most))
  const amount = parsePrice(price ?? '', payments?.decimals ?? 0)
  if (amount === 0n) complaints.push('price: a result that costs nothing needs no channel')
  if (amount !== null && amount * BigInt(most?.max ?? 1) > BigInt(Number.MAX_SAFE_INTEGER))
    complaints.push('most.max: so many results cost more than the ledger can note')
  return complaints
}

function mostComplaints(most: ParsedRoute['most']): string[] {
  if (most === undefined)
    return ['most: is missing: how many results a call asks for, like { "max": 20 }']
  const complaints: string[] = []
  if (most.query !== undefined && most.body !== undefined)
    complaints.push('most: takes "query" or "body", not both')
  if (most.query !== undefined && most.default === undefined)
    complaints.push('most.default: is missing: what a call without the parameter asks for')
  if (most.query === undefined && most.default !== undefined)
    complaints.push('most.default: means nothing without "query"')
  if (most.default !== undefined && most.default > most.max)
    complaints.push('most.default: is more than "max"')
  return complaints
}

/** What is wrong with how prices are paid, beyond the form of each field. */
export function paymentsComplaints({ payments }: Parsed): string[] {
  const deposit = payments?.channels?.suggestedDeposit
  if (payments === undefined || deposit === undefined) return []
  const { decimals } = payments
  if (parseAmount(deposit, decimals) !== null) return []
  const form = `a decimal above 0 with at most ${decimals} decimals, like "1.5"`
  return [`payments.channels.suggestedDeposit: "${deposit}" is no amount; write ${form}`]
}

/** The row's price, or null. Means something only if there are no complaints. */
export function priceOf(row: ParsedRoute, config: Parsed): Price | null {
  const amount = parsePrice(row.price ?? '', config.payments?.decimals ?? 0)
  if (amount === null) return null
  const {
    intent = 'charge',
    methods = ['tempo'],
    settle = 'after',
    sponsored = false,
    paymentHeader = false,
    unit = '',
  } = row
  if (intent === 'charge') return { intent, amount, methods, settle, sponsored, paymentHeader }
  return { intent, amount, unit, results: resultsOf(row), most: mostOf(row), paymentHeader }
}

function resultsOf({ results: { pointer = [], header, events } = {} }: ParsedRoute): Results {
  if (events) return { events }
  return header === undefined ? { pointer } : { header }
}

function mostOf({
  most: { query, default: byDefault = 1, body, max } = { max: 1 },
}: ParsedRoute): Most {
  if (query !== undefined) return { query, default: byDefault, max }
  return body === undefined ? { max } : { body, max }
}

/** How prices are paid, or null. */
export function paymentsOf({ payments }: Parsed): Payments | null {
  if (payments === undefined) return null
  const { challenge: challengeMs, currency, sponsor, channels, evm, ...rest } = payments
  return {
    ...{ ...rest, currency: currency.toLowerCase(), challengeMs, sponsor: sponsor ?? null },
    channels: channels === undefined ? null : channelsOf(channels, rest.decimals),
    evm: evm === undefined ? null : { ...evm, currency: evm.currency.toLowerCase() },
  }
}

function channelsOf(
  { suggestedDeposit, escrow, operatorFrom }: ParsedChannels,
  decimals: number,
): Channels {
  const deposit = parseAmount(suggestedDeposit, decimals) ?? 0n
  return { suggestedDeposit: deposit, operatorFrom, escrow: escrow.toLowerCase() }
}
