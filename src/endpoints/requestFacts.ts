/** The facts about a request that a mail to its person tells. */
import { networkKey } from '../http/address.ts'
import { browserName, placeOf } from '../http/userAgent.ts'
import type { RequestFacts } from '../pages/askedBy.ts'
import type { Call } from '../pipeline/call.ts'

/**
 * The browser, the place and the time of a call. The place is that of the platform, or else the
 * network of the address (an IPv4 /24, an IPv6 /48): enough to recognise, and no full address.
 */
export function requestFacts(call: Call): RequestFacts {
  const place = placeOf((call.request as { cf?: unknown }).cf)
  const network = networkKey(call.address)
  return {
    browser: browserName(call.header('user-agent')),
    place: place || (network.includes('/') ? network : ''),
    at: call.startedAt,
  }
}
