/**
 * Channel management (voucher, top-up, close): a POST with a channel credential to the URL of a
 * route without POST (draft-tempo-session section 8); and a HEAD that asks for the payer's channel
 * at the URL of a route without GET. Both are answered here and never proxied.
 */
import {
  type Config,
  isPricedByResult,
  type MeteredRoute,
  type Route,
  routesAt,
} from '../config/config.ts'
import { keyFormsOf } from '../credentials/apiKey.ts'
import { parsePayment } from '../credentials/payments/credential.ts'
import { presentedCredential } from '../credentials/presented.ts'
import { memoize } from '../lib/memoize.ts'
import { createChannelPaywall } from '../paywall/channels/channelPaywall.ts'
import { asksForChannel, createChannelRecovery } from '../paywall/channels/channelRecovery.ts'
import { setPaymentStatus } from '../paywall/paymentStatus.ts'
import type { Answer } from '../pipeline/answer.ts'
import type { Call, Stage } from '../pipeline/call.ts'
import type { Isolate } from '../store/isolate.ts'

/** A credential that manages its channel, and the route and paywall that take it. */
interface ManagementCredential {
  route: Route
  paywall: ReturnType<typeof createChannelPaywall>
  presented: string
}

/**
 * Answers a credential that manages its channel: 204 with a receipt, or 400, 402 or 410 if the
 * credential is refused; and a HEAD that asks for the payer's channel: 204 or 402. Any other
 * request goes on. Throws `payment_pending`, `service_unavailable` or `rate_limit_exceeded`.
 */
export function manage(config: Config, isolate: Isolate): Stage {
  const paywallOf = memoize((route: MeteredRoute) =>
    createChannelPaywall(route, config, isolate, 0),
  )
  const recoveryFor = memoize((route: MeteredRoute) =>
    createChannelRecovery(route, config, isolate),
  )
  const keyForms = keyFormsOf(config.apiKeys)

  return (next) => (call) => {
    if (call.method === 'HEAD') return recoveryOf(call)?.(call) ?? next(call)
    const credential = call.method === 'POST' ? credentialOf(call) : null
    return credential === null ? next(call) : manageChannel(call, credential)
  }

  function presentedFor({ price }: MeteredRoute, { headers }: Call) {
    const takesHeader = price.paymentHeader === true
    return presentedCredential(headers, config.sessions.cookie, takesHeader, keyForms)
  }

  /** Returns what answers a HEAD that asks for the payer's channel, else null. */
  function recoveryOf(call: Call) {
    if (!call.headers.has('accept-payment')) return null
    const routes = routesAt(config, call.target.path)
    const route = routes.find(isPricedByResult)
    // A route that takes GET has `meter`, or no price by the result.
    if (route === undefined || routes.some(({ methods }) => methods.includes('GET'))) return null
    const presented = presentedFor(route, call)
    if (presented.kind !== 'payment' && presented.kind !== 'none') return null
    const payment = presented.kind === 'payment' ? presented.value : undefined
    if (!asksForChannel(call, payment)) return null
    call.route = route
    call.payment = payment
    return recoveryFor(route)
  }

  /** Returns the credential of a request that only manages its channel, else null. */
  function credentialOf(call: Call): ManagementCredential | null {
    const { headers } = call
    if (!headers.has('authorization') && !headers.has('payment-authorization')) return null
    const routes = routesAt(config, call.target.path).filter(isPricedByResult)
    const [route] = routes
    if (route === undefined) return null
    // A route that takes POST has `meter`, which tells channel management from calls.
    if (routes.some(({ methods }) => methods.includes('POST'))) return null
    const presented = presentedFor(route, call)
    if (presented.kind !== 'payment') return null
    // A credential for a price by the call belongs to a POST of another route.
    const intent = parsePayment(presented.value)?.challenge.intent
    if (intent !== undefined && intent !== 'session') return null
    return { route, paywall: paywallOf(route), presented: presented.value }
  }
}

async function manageChannel(
  call: Call,
  { route, paywall, presented }: ManagementCredential,
): Promise<Answer> {
  call.route = route
  call.payment = presented
  setPaymentStatus(call, { charged: false })
  const purchase = paywall.purchaseOf(call, null)
  const accepted = await paywall.accept(call, purchase, presented, () => 'manage')
  if ('state' in accepted) throw new Error('a channel reserved an amount for channel management')
  return accepted
}
