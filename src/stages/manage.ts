/**
 * What a payer does to a channel beside calling: a POST with a channel's credential, at a row that takes no POST
 * (draft-tempo-session section 8). It is answered here and never reaches an origin.
 */
import { createTill } from '../channelTill.ts'
import type { Stage } from '../context.ts'
import { parsePayment } from '../credentials/payment.ts'
import { presentedCredential } from '../credentials/presented.ts'
import type { Gateway, ResultPrice, Route } from '../lib/gateway.ts'
import type { Isolate } from '../store/isolate.ts'

/** Answers a channel's credential. Any other request is another row's, or nobody's. */
export function manage(
  route: Route & { price: ResultPrice },
  gateway: Gateway,
  isolate: Isolate,
): Stage {
  const till = createTill(route, gateway, isolate, 0)
  const { paymentHeader } = route.price

  return async function manage(c, next) {
    const { headers } = c.req.raw
    const presented = presentedCredential(headers, gateway.sessions.cookie, paymentHeader)
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
