/** Which browser origins may read answers; preflights end here and never reach a route. */
import { type Config, type Route, routesAt } from '../config/config.ts'
import { isOpenToAllPages, OWN_PATHS } from '../config/ownPaths.ts'
import { mayCallMcp } from '../credentials/browserOrigin.ts'
import type { Answer } from '../pipeline/answer.ts'
import type { Call, Stage } from '../pipeline/call.ts'

/** What a page may read of an answer, beside the body (Fetch standard, CORS-exposed). */
const EXPOSED =
  'Retry-After, RateLimit, RateLimit-Policy, X-Request-Id, WWW-Authenticate, Payment-Receipt, Location, Mcp-Session-Id'
const ALLOWED_METHODS = 'GET, HEAD, POST, PUT, PATCH, DELETE'
const ALLOWED_HEADERS =
  'Authorization, Payment-Authorization, Accept-Payment, Payment-Session, Content-Type, Idempotency-Key, Last-Event-ID, MCP-Protocol-Version, X-API-Key, X-Requested-With'

/**
 * Exact origins only; `null` and reflections are none. Cookies are not offered to other origins:
 * a session belongs to our own pages. No origin at all may call the page on which a person answers a
 * client (OAuth 2.1 section 3.1).
 */
export function cors(config: Config): Stage {
  const { corsOrigins, oauth } = config

  /** What `Access-Control-Allow-Origin` says, or null. */
  function allowedOrigin(origin: string, path: string): string | null {
    if (oauth !== null && isOpenToAllPages(path)) return '*'
    if (path === OWN_PATHS.authorize) return null
    return corsOrigins.has(origin) ? origin : null
  }

  return (next) => (call) => {
    const origin = call.header('origin')
    if (origin === null) return next(call)
    const { path } = call.target
    const speaksMcp = routesAt(config, path).some(isMcp)
    const allowed =
      speaksMcp && mayCallMcp(origin, call.ownOrigin, config) ? origin : allowedOrigin(origin, path)
    const isPreflight =
      call.method === 'OPTIONS' && call.headers.has('access-control-request-method')
    if (isPreflight) return preflight(call, allowed, speaksMcp)
    if (allowed !== null) {
      call.said['access-control-allow-origin'] = allowed
      call.said['access-control-expose-headers'] = EXPOSED
    }
    call.said.vary = 'Origin'
    return next(call)
  }
}

function preflight(call: Call, allowed: string | null, speaksMcp: boolean): Answer {
  const headers: Record<string, string> = { vary: 'Origin' }
  if (allowed !== null) {
    const asked = speaksMcp ? call.header('access-control-request-headers') : null
    headers['access-control-allow-origin'] = allowed
    headers['access-control-allow-methods'] = ALLOWED_METHODS
    headers['access-control-allow-headers'] = [ALLOWED_HEADERS, ...mcpNames(asked ?? '')].join(', ')
    headers['access-control-max-age'] = '600'
  }
  return { status: 204, headers, body: null }
}

const isMcp = ({ protocol }: Route) => protocol === 'mcp'

/** The names of MCP's own headers in a preflight: a tool's parameters can have any. */
function mcpNames(asked: string): string[] {
  const names = asked.slice(0, 4096).split(',').slice(0, 64)
  return names.map((name) => name.trim()).filter((name) => /^mcp-[a-z0-9_-]{1,64}$/i.test(name))
}
