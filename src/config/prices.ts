/** Checks and parses the prices of routes, and the settings of payments. */

import type { PaymentMethodName } from '../contract/charge.ts'
import { parsePrice } from '../lib/money.ts'
import type { Payments } from './config.ts'
import { MARGIN_MS } from './config.ts'
import { channelsOf, resultComplaints, resultPriceOf, strayResultFields } from './resultPrices.ts'
import type { Price } from './routePrice.ts'
import type { ParsedConfig as Parsed, ParsedRoute } from './schema.ts'

/** The longest a payment can wait for the origin: its signature is valid for about 25 s. */
const MAX_PAID_TIMEOUT_MS = 15_000

/** The complaints about a route's price, or about fields of a route without one. */
export function priceComplaints(route: ParsedRoute, config: Parsed): string[] {
  const takesPayment = route.auth.includes('payment')
  if (route.price === undefined) {
    const stray = (['intent', 'methods', 'settle', 'sponsored', 'paymentHeader'] as const).filter(
      (name) => route[name] !== undefined,
    )
    const complaints = stray.map((name) => `${name}: means nothing without a price`)
    complaints.push(...strayResultFields(route, 'means nothing without a price'))
    return takesPayment ? [...complaints, 'auth: takes "payment", but has no price'] : complaints
  }
  const complaints: string[] = []
  const { payments } = config
  if (!takesPayment) complaints.push('price: nobody can pay it; add "payment" to auth')
  if (payments === undefined)
    complaints.push('price: needs "payments", which says how prices are paid')
  else if (parsePrice(route.price, payments.decimals) === null) {
    const form = `a decimal with at most ${payments.decimals} decimals, like "0.00015", or "0" for a proof only`
    complaints.push(`price: "${route.price}" is not a price; write ${form}`)
  }
  if (route.methods !== undefined)
    complaints.push(...methodComplaints(route, route.methods, config))
  if (route.auth.includes('anonymous'))
    complaints.push('auth: takes "anonymous", so nobody would pay the price')
  if (route.origin === undefined)
    complaints.push('price: only a route with an origin can have a price')
  if (route.websocket) complaints.push('websocket: a route with a price cannot accept a WebSocket')
  if (route.intent === 'session') return [...complaints, ...resultComplaints(route, config)]
  const byCall = 'means nothing for a price by the call; write intent "session"'
  complaints.push(...strayResultFields(route, byCall))
  if (route.sponsored && payments?.sponsor === undefined)
    complaints.push('sponsored: needs "payments.sponsor", which says how much we pay')
  if (route.sponsored && route.methods !== undefined && !route.methods.includes('tempo'))
    complaints.push('sponsored: only the fees of "tempo" can be sponsored')
  if (route.sponsored && route.price === '0')
    complaints.push('sponsored: a price of "0" has no fee; remove "sponsored"')
  if (waitsForOrigin(route) && timeoutOf(route) > MAX_PAID_TIMEOUT_MS) {
    const most = `at most ${MAX_PAID_TIMEOUT_MS / 1000}s, or settle "before"`
    complaints.push(`timeout: a signed payment is valid for about 25 s; write ${most}`)
  }
  return complaints
}

/** Whether a signed payment waits for the origin's answer. */
function waitsForOrigin({ price, intent, settle }: ParsedRoute): boolean {
  return price !== undefined && intent !== 'session' && settle !== 'before'
}

/** The time in which a route's origin must begin its answer, in milliseconds. */
export function timeoutOf(route: ParsedRoute): number {
  return route.timeout ?? (waitsForOrigin(route) ? MAX_PAID_TIMEOUT_MS : 30_000)
}

/** The complaints about the ways to pay a route's price. */
function methodComplaints(
  route: ParsedRoute,
  methods: readonly PaymentMethodName[],
  { payments }: Parsed,
): string[] {
  if (new Set(methods).size < methods.length) return ['methods: a method is named twice']
  if (!methods.includes('evm')) return []
  const complaints: string[] = []
  const { price = '' } = route
  if (route.intent === 'session')
    complaints.push('methods: "evm" cannot pay a price by the result; write ["tempo"]')
  if (price === '0') complaints.push('methods: "evm" cannot pay a price of "0"; write ["tempo"]')
  if (payments === undefined) return complaints
  const { evm } = payments
  if (evm === undefined) {
    complaints.push('methods: "evm" needs "payments.evm", which says how it is paid')
  } else if (
    parsePrice(price, payments.decimals) !== null &&
    parsePrice(price, evm.decimals) === null
  ) {
    const form = `at most ${evm.decimals} decimals, and less than 2^53 of its smallest unit`
    complaints.push(`price: "${price}" is not a price in the currency of "evm"; write ${form}`)
  }
  const shortest = timeoutOf(route) + MARGIN_MS
  if (payments.challenge <= shortest) {
    const life = `${shortest / 1000}s`
    complaints.push(
      `timeout: an "evm" payment is valid as long as its challenge; make "payments.challenge" more than ${life}`,
    )
  }
  return complaints
}

/** A route's price, or null if it has none. Call it only if there are no complaints. */
export function priceOf(route: ParsedRoute, config: Parsed): Price | null {
  const amount = parsePrice(route.price ?? '', config.payments?.decimals ?? 0)
  if (amount === null) return null
  if (route.intent === 'session') return resultPriceOf(route, amount)
  const { methods = ['tempo'], settle = 'after', sponsored = false, paymentHeader = false } = route
  return { amount, intent: 'charge', methods, settle, sponsored, paymentHeader }
}

/** The settings of payments; null if the config has none. */
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
