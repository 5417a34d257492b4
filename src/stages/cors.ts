/** Which browser origins may read answers; preflights end here and never reach a row. */

import type { Stage } from '../context.ts'
import { mayCallMcp } from '../lib/browserOrigin.ts'
import { type Gateway, type Route, routesAt } from '../lib/gateway.ts'
import { addVary } from '../lib/headers.ts'

/** What a page may read of an answer, beside the body (Fetch standard, CORS-exposed). */
const EXPOSED =
  'Retry-After, RateLimit, RateLimit-Policy, X-Request-Id, WWW-Authenticate, Payment-Receipt, Location, Mcp-Session-Id'
const ALLOWED_METHODS = 'GET, HEAD, POST, PUT, PATCH, DELETE'
const ALLOWED_HEADERS =
  'Authorization, Payment-Authorization, Accept-Payment, Content-Type, Idempotency-Key, Last-Event-ID, X-API-Key, X-Requested-With'

/**
 * Exact origins only; `null` and reflections are none. Cookies are not offered to other origins:
 * a session belongs to our own pages.
 */
export function cors(gateway: Gateway): Stage {
  return async function cors(c, next) {
    const origin = c.req.header('origin')
    if (origin === undefined) return next()
    const speaksMcp = routesAt(gateway, c.get('target').path).some(isMcp)
    const allowed = speaksMcp
      ? mayCallMcp(origin, c.req.url, gateway)
      : gateway.corsOrigins.has(origin)
    if (c.req.method === 'OPTIONS' && c.req.header('access-control-request-method') !== undefined) {
      const headers = new Headers({ vary: 'Origin' })
      if (allowed) {
        headers.set('access-control-allow-origin', origin)
        headers.set('access-control-allow-methods', ALLOWED_METHODS)
        const asked = speaksMcp ? c.req.header('access-control-request-headers') : undefined
        headers.set(
          'access-control-allow-headers',
          [ALLOWED_HEADERS, ...mcpNames(asked ?? '')].join(', '),
        )
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

const isMcp = ({ protocol }: Route) => protocol === 'mcp'

/** The names of MCP's own headers in a preflight: a tool's parameters can have any. */
function mcpNames(asked: string): string[] {
  const names = asked.slice(0, 4096).split(',').slice(0, 64)
  return names.map((name) => name.trim()).filter((name) => /^mcp-[a-z0-9_-]{1,64}$/i.test(name))
}
