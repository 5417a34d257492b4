/**
 * Cross-origin resource sharing: which pages may read answers (Fetch standard). Preflights are
 * answered here and never reach a route.
 */
import { type Config, type Route, routesAt } from '../config/config.ts'
import { isOpenToAllPages, OWN_PATHS } from '../config/ownPaths.ts'
import { mayCallMcp } from '../credentials/browserOrigin.ts'
import type { Answer } from '../pipeline/answer.ts'
import type { Call, Stage } from '../pipeline/call.ts'

/**
 * The headers of an answer that a page may read (Fetch standard, `Access-Control-Expose-Headers`).
 */
const EXPOSED_HEADERS = [
  'Retry-After',
  'RateLimit',
  'RateLimit-Policy',
  'X-Request-Id',
  'WWW-Authenticate',
  'Payment-Receipt',
  'Payment-Status',
  'Location',
  'Mcp-Session-Id',
].join(', ')
const ALLOWED_METHODS = 'GET, HEAD, POST, PUT, PATCH, DELETE'
const ALLOWED_HEADERS = [
  'Authorization',
  'Payment-Authorization',
  'Accept-Payment',
  'Payment-Session',
  'Content-Type',
  'Idempotency-Key',
  'Last-Event-ID',
  'MCP-Protocol-Version',
  'X-API-Key',
  'X-Requested-With',
]

/**
 * Adds the headers of CORS for origins that the config lists, compared exactly. `null` is never
 * allowed. Credentials are never allowed (`Access-Control-Allow-Credentials`), because a session
 * cookie is only for the gateway's own pages. No origin may call the authorization endpoint
 * (OAuth 2.1 section 3.1). Pages of any site may call the OAuth endpoints that an OAuth client
 * calls.
 */
export function cors(config: Config): Stage {
  const { corsOrigins, oauth } = config

  /** Returns the value of `Access-Control-Allow-Origin`, or null for none. */
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
      call.responseHeaders['access-control-allow-origin'] = allowed
      call.responseHeaders['access-control-expose-headers'] = EXPOSED_HEADERS
    }
    call.responseHeaders.vary = 'Origin'
    return next(call)
  }
}

/** Answers a preflight request. `allowed` is the value of `Access-Control-Allow-Origin`. */
function preflight(call: Call, allowed: string | null, speaksMcp: boolean): Answer {
  const headers: Record<string, string> = { vary: 'Origin' }
  if (allowed !== null) {
    const requested = speaksMcp ? call.header('access-control-request-headers') : null
    headers['access-control-allow-origin'] = allowed
    headers['access-control-allow-methods'] = ALLOWED_METHODS
    headers['access-control-allow-headers'] = [
      ...ALLOWED_HEADERS,
      ...mcpNames(requested ?? ''),
    ].join(', ')
    headers['access-control-max-age'] = '600'
  }
  return { status: 204, headers, body: null }
}

const isMcp = ({ protocol }: Route) => protocol === 'mcp'

/**
 * Returns the names of MCP headers among those that a preflight asks for. They are not in a list,
 * because each parameter of a tool can have a header of its own.
 */
function mcpNames(requested: string): string[] {
  const names = requested.slice(0, 4096).split(',').slice(0, 64)
  return names.map((name) => name.trim()).filter((name) => /^mcp-[a-z0-9_-]{1,64}$/i.test(name))
}
