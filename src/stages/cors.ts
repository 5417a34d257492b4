/** Which browser origins may read answers; preflights end here and never reach a row. */

import { type Config, type Route, routesAt } from '../config/config.ts'
import { mayCallMcp } from '../credentials/browserOrigin.ts'
import { OAUTH_PATHS } from '../credentials/oauth/resource.ts'
import { addVary } from '../http/headers.ts'
import type { Stage } from '../pipeline/context.ts'

/** What a page may read of an answer, beside the body (Fetch standard, CORS-exposed). */
const EXPOSED =
  'Retry-After, RateLimit, RateLimit-Policy, X-Request-Id, WWW-Authenticate, Payment-Receipt, Location, Mcp-Session-Id'
const ALLOWED_METHODS = 'GET, HEAD, POST, PUT, PATCH, DELETE'
const ALLOWED_HEADERS =
  'Authorization, Payment-Authorization, Accept-Payment, Payment-Session, Content-Type, Idempotency-Key, Last-Event-ID, MCP-Protocol-Version, X-API-Key, X-Requested-With'

/** What any page may call: a client in a browser is of any site, and nothing here looks at a cookie. */
const OPEN_TO_ALL: readonly string[] = [
  OAUTH_PATHS.server,
  OAUTH_PATHS.resource,
  OAUTH_PATHS.register,
  OAUTH_PATHS.token,
  OAUTH_PATHS.revoke,
]

const isOpenToAll = (path: string) =>
  OPEN_TO_ALL.some((open) => path === open || path.startsWith(`${open}/`))

/**
 * Exact origins only; `null` and reflections are none. Cookies are not offered to other origins:
 * a session belongs to our own pages. No origin at all may call where people answer clients
 * (OAuth 2.1 section 3.1).
 */
export function cors(config: Config): Stage {
  const { corsOrigins, oauth } = config

  /** What `Access-Control-Allow-Origin` says, or null. */
  function allowedOrigin(origin: string, path: string): string | null {
    if (oauth !== null && isOpenToAll(path)) return '*'
    if (path === OAUTH_PATHS.authorize) return null
    return corsOrigins.has(origin) ? origin : null
  }

  return async function cors(c, next) {
    const origin = c.req.header('origin')
    if (origin === undefined) return next()
    const { path } = c.get('target')
    const speaksMcp = routesAt(config, path).some(isMcp)
    const allowed =
      speaksMcp && mayCallMcp(origin, c.req.url, config) ? origin : allowedOrigin(origin, path)
    if (c.req.method === 'OPTIONS' && c.req.header('access-control-request-method') !== undefined) {
      const headers = new Headers({ vary: 'Origin' })
      if (allowed !== null) {
        headers.set('access-control-allow-origin', allowed)
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
    if (allowed !== null) {
      headers.set('access-control-allow-origin', allowed)
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
