/** Which browser origins may read answers; preflights end here and never reach a row. */

import type { Stage } from '../context.ts'
import { addVary } from '../lib/headers.ts'

/** What a page may read of an answer, beside the body (Fetch standard, CORS-exposed). */
const EXPOSED =
  'Retry-After, RateLimit, RateLimit-Policy, X-Request-Id, WWW-Authenticate, Payment-Receipt, Location'
const ALLOWED_METHODS = 'GET, HEAD, POST, PUT, PATCH, DELETE'
const ALLOWED_HEADERS =
  'Authorization, Payment-Authorization, Accept-Payment, Payment-Session, Content-Type, Idempotency-Key, Last-Event-ID, X-API-Key, X-Requested-With'

/**
 * Exact origins only; `null` and reflections are none. Cookies are not offered to other origins:
 * a session belongs to our own pages.
 */
export function cors(origins: ReadonlySet<string>): Stage {
  return async function cors(c, next) {
    const origin = c.req.header('origin')
    if (origin === undefined) return next()
    const allowed = origins.has(origin)
    if (c.req.method === 'OPTIONS' && c.req.header('access-control-request-method') !== undefined) {
      const headers = new Headers({ vary: 'Origin' })
      if (allowed) {
        headers.set('access-control-allow-origin', origin)
        headers.set('access-control-allow-methods', ALLOWED_METHODS)
        headers.set('access-control-allow-headers', ALLOWED_HEADERS)
        headers.set('access-control-max-age', '600')
      }
      return new Response(null, { status: 204, headers })
    }
    await next()
    const { headers } = c.res
    headers.set('vary', addVary(headers.get('vary'), ['Origin']))
    if (allowed) {
      headers.set('access-control-allow-origin', origin)
      headers.set('access-control-expose-headers', EXPOSED)
    }
    return undefined
  }
}
