/**
 * What a payer does to a channel beside calling: a POST with a channel's credential, at the URL of a row that takes
 * no POST (draft-tempo-session section 8). It is answered here and never reaches an origin.
 */

import { type Config, isPricedByResult, routesAt } from '../config/config.ts'
import { parsePayment } from '../credentials/payments/credential.ts'
import { presentedCredential } from '../credentials/presented.ts'
import { createChannelPaywall } from '../paywall/channelPaywall.ts'
import type { Stage } from '../pipeline/context.ts'
import type { Isolate } from '../store/isolate.ts'

/** Answers a channel's credential. Any other request is for the table. */
export function manage(config: Config, isolate: Isolate): Stage {
  const tills = new Map(
    config.routes
      .filter(isPricedByResult)
      .map((route) => [route, createChannelPaywall(route, config, isolate, 0)]),
  )

  return async function manage(c, next) {
    if (c.req.method !== 'POST') return next()
    const rows = routesAt(config, c.get('target').path).filter(isPricedByResult)
    const [route] = rows
    const till = route && tills.get(route)
    // A row that takes POST tells by itself what is a call.
    if (till === undefined || rows.some(({ methods }) => methods.includes('POST'))) return next()
    const { headers } = c.req.raw
    const { cookie } = config.sessions
    const presented = presentedCredential(headers, cookie, route?.price.paymentHeader === true)
    if (presented.kind !== 'payment') return next()
    // One by the call is for another row's POST.
    const intent = parsePayment(presented.value)?.challenge.intent
    if (intent !== undefined && intent !== 'session') return next()
    c.set('route', route)
    c.set('payment', presented.value)
    const taken = await till.take(c, till.saleFor(c, null), presented.value, () => 'manage')
    if (taken instanceof Response) return taken
    throw new Error('a channel reserved for what is no call')
  }
}
