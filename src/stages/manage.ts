/**
 * Channel management (voucher, top-up, close): a POST with a channel credential to the URL of a route without POST
 * (draft-tempo-session section 8). Answered here, never proxied.
 */
import { type Config, isPricedByResult, type Route, routesAt } from '../config/config.ts'
import { parsePayment } from '../credentials/payments/credential.ts'
import { presentedCredential } from '../credentials/presented.ts'
import { createChannelPaywall } from '../paywall/channelPaywall.ts'
import type { Answer } from '../pipeline/answer.ts'
import type { Call, Stage } from '../pipeline/call.ts'
import type { Isolate } from '../store/isolate.ts'

interface ManagedCredential {
  route: Route
  paywall: ReturnType<typeof createChannelPaywall>
  presented: string
}

/** Answers a channel's credential; any other request goes on. */
export function manage(config: Config, isolate: Isolate): Stage {
  const paywalls = new Map(
    config.routes
      .filter(isPricedByResult)
      .map((route) => [route, createChannelPaywall(route, config, isolate, 0)]),
  )

  return (next) => (call) => {
    const managed = call.method === 'POST' ? credentialOf(call) : null
    return managed === null ? next(call) : answer(call, managed)
  }

  /** The channel credential of a request that only manages its channel, and the route that takes it. */
  function credentialOf(call: Call): ManagedCredential | null {
    const { headers } = call
    if (!headers.has('authorization') && !headers.has('payment-authorization')) return null
    const routes = routesAt(config, call.target.path).filter(isPricedByResult)
    const [route] = routes
    const paywall = route && paywalls.get(route)
    // A route that takes POST tells by itself what is a call.
    if (route === undefined || paywall === undefined) return null
    if (routes.some(({ methods }) => methods.includes('POST'))) return null
    const { cookie } = config.sessions
    const presented = presentedCredential(headers, cookie, route.price.paymentHeader === true)
    if (presented.kind !== 'payment') return null
    // A payment by the call is for another route's POST.
    const intent = parsePayment(presented.value)?.challenge.intent
    if (intent !== undefined && intent !== 'session') return null
    return { route, paywall, presented: presented.value }
  }
}

async function answer(
  call: Call,
  { route, paywall, presented }: ManagedCredential,
): Promise<Answer> {
  call.route = route
  call.payment = presented
  const taken = await paywall.take(call, paywall.saleFor(call, null), presented, () => 'manage')
  if ('state' in taken) throw new Error('a channel reserved an amount for channel management')
  return taken
}
