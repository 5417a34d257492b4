/** Prices of rows: what is wrong with them, and what they are in the currency's smallest unit. */

import type { PaymentMethodName } from '../contract/charge.ts'
import { parsePrice } from '../lib/money.ts'
import type { Payments, Price } from './config.ts'
import { channelsOf, resultComplaints, resultPriceOf, strayResultFields } from './resultPrices.ts'
import { MAX_PAID_TIMEOUT_MS, type ParsedConfig as Parsed, type ParsedRoute } from './schema.ts'

/** What a claim is held beyond the row's deadline, for everything but the origin. */
export const MARGIN_MS = 5_000

/** What is wrong with how a row is paid for. */
export function priceComplaints(row: ParsedRoute, config: Parsed): string[] {
  const takesPayment = row.auth.includes('payment')
  if (row.price === undefined) {
    const stray = (['intent', 'methods', 'settle', 'sponsored', 'paymentHeader'] as const).filter(
      (name) => row[name] !== undefined,
    )
    const complaints = stray.map((name) => `${name}: means nothing without a price`)
    complaints.push(...strayResultFields(row, 'means nothing without a price'))
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
  if (row.intent === 'session') return [...complaints, ...resultComplaints(row, config)]
  const byCall = 'means nothing for a price by the call; write intent "session"'
  complaints.push(...strayResultFields(row, byCall))
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

/** The row's price, or null. Means something only if there are no complaints. */
export function priceOf(row: ParsedRoute, config: Parsed): Price | null {
  const amount = parsePrice(row.price ?? '', config.payments?.decimals ?? 0)
  if (amount === null) return null
  if (row.intent === 'session') return resultPriceOf(row, amount)
  const { methods = ['tempo'], settle = 'after', sponsored = false, paymentHeader = false } = row
  return { amount, intent: 'charge', methods, settle, sponsored, paymentHeader }
}

/** How prices are paid, or null. */
export function paymentsOf({ payments }: Parsed): Payments | null {
  if (payments === undefined) return null
  const { challenge: challengeMs, currency, sponsor, evm, ...rest } = payments
  return {
    ...rest,
    currency: currency.toLowerCase(),
    challengeMs,
    sponsor: sponsor ?? null,
    channels: channelsOf(payments.channels, payments.decimals),
    evm: evm === undefined ? null : { ...evm, currency: evm.currency.toLowerCase() },
  }
}
