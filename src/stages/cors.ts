/** Which browser origins may read answers; preflights end here and never reach a row. */

import type { Stage } from '../context.ts'
import type { Gateway } from '../lib/gateway.ts'
import { addVary } from '../lib/headers.ts'
import { OAUTH_PATHS } from '../lib/oauth.ts'

/** What a page may read of an answer, beside the body (Fetch standard, CORS-exposed). */
const EXPOSED =
  'Retry-After, RateLimit, RateLimit-Policy, X-Request-Id, WWW-Authenticate, Payment-Receipt, Location'
const ALLOWED_METHODS = 'GET, HEAD, POST, PUT, PATCH, DELETE'
const ALLOWED_HEADERS =
  'Authorization, Payment-Authorization, Accept-Payment, Content-Type, Idempotency-Key, Last-Event-ID, MCP-Protocol-Version, X-API-Key, X-Requested-With'

/** What any page may call: a client in a browser is of any site, and nothing here looks at a cookie. */
const OPEN_TO_ALL: readonly string[] = [
  ...[OAUTH_PATHS.server, OAUTH_PATHS.resource],
  ...[OAUTH_PATHS.register, OAUTH_PATHS.token, OAUTH_PATHS.revoke],
]

const isOpenToAll = (path: string) =>
  OPEN_TO_ALL.some((open) => path === open || path.startsWith(`${open}/`))

/**
 * Exact origins only; `null` and reflections are none. Cookies are not offered to other origins:
 * a session belongs to our own pages. No origin at all may call where people answer clients
 * (OAuth 2.1 section 3.1).
 */
export function cors({ corsOrigins, oauth }: Gateway): Stage {
  /** What `Access-Control-Allow-Origin` says, or null. */
  function allowedOrigin(origin: string, path: string): string | null {
    if (oauth !== null && isOpenToAll(path)) return '*'
    if (path === OAUTH_PATHS.authorize) return null
    return corsOrigins.has(origin) ? origin : null
  }

  return async function cors(c, next) {
    const origin = c.req.header('origin')
    if (origin === undefined) return next()
    const allowed = allowedOrigin(origin, c.get('target').path)
    if (c.req.method === 'OPTIONS' && c.req.header('access-control-request-method') !== undefined) {
      const headers = new Headers({ vary: 'Origin' })
      if (allowed !== null) {
        headers.set('access-control-allow-origin', allowed)
        headers.set('access-control-allow-methods', ALLOWED_METHODS)
        headers.set('access-control-allow-headers', ALLOWED_HEADERS)
        headers.set('access-control-max-age', '600')
      }
      return new Response(null, { status: 204, headers })
    }
    await next()
    const { headers } = c.res
    headers.set('vary', addVary(headers.get('vary'), ['Origin']))
    if (allowed !== null) {
      headers.set('access-control-allow-origin', allowed)
      headers.set('access-control-expose-headers', EXPOSED)
    }
    return undefined
  }
}
