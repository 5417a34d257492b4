/**
 * Cross-origin resource sharing: which pages may read answers, and what they may send (Fetch
 * standard). Preflights are answered here and never reach a route.
 */
import { type Config, findRoute, type Origin, type Route, routesAt } from '../config/config.ts'
import { oauthPaths, openPathRule } from '../config/ownPaths.ts'
import { slashedPaths } from '../config/slashedPath.ts'
import { mayCallMcp } from '../credentials/browserOrigin.ts'
import { exposedHeaders } from '../http/exposedHeaders.ts'
import { forwardingRule, STANDARD_HEADERS } from '../http/headers.ts'
import { MAX_URL_LENGTH, rawPathOf } from '../http/path.ts'
import { memoize } from '../lib/memoize.ts'
import type { Answer } from '../pipeline/answer.ts'
import type { Call, Stage } from '../pipeline/call.ts'

const ALLOWED_METHODS = 'GET, HEAD, OPTIONS, POST, PUT, PATCH, DELETE'
/** The request headers that the gateway itself reads. */
const OWN_HEADERS = [
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
/** The longest list of names that a preflight asks for, and the most names of it that are read. */
const MAX_ASKED_LENGTH = 4_096
const MAX_ASKED_NAMES = 64

/**
 * Adds the headers of CORS for origins that the config lists, compared exactly. `null` is never
 * allowed. Credentials are never allowed (`Access-Control-Allow-Credentials`), because a session
 * cookie is only for the gateway's own pages. No origin may call the authorization endpoint
 * (OAuth 2.1 section 3.1). Pages of any site may call what an OAuth client calls, and read public
 * documents. The stage comes before `canonical`, so that a page can read its refusals too.
 */
export function cors(config: Config): Stage {
  const isOpen = openPathRule(config)
  const authorizePaths = oauthPaths(config)?.authorize ?? []
  const slashed = slashedPaths(config)
  const exposed = exposedHeaders(config.cors.exposedHeaders)

  /** Returns the value of `Access-Control-Allow-Origin`, or null for none. */
  function allowedOrigin(call: Call, origin: string, path: string): string | null {
    if (isOpen(path)) return '*'
    if (authorizePaths.includes(path)) return null
    const isOfPage =
      routesAt(config, path).some(isMcp) && mayCallMcp(origin, call.ownOrigin, config)
    return isOfPage || config.cors.origins.has(origin) ? origin : null
  }

  return (next) => (call) => {
    const origin = call.header('origin')
    if (origin === null) {
      // A cache must not give a page the answer to a request that no page has sent.
      if (config.cors.origins.size > 0) call.responseHeaders.vary = 'Origin'
      return next(call)
    }
    const raw = call.url.length > MAX_URL_LENGTH ? '' : rawPathOf(call.url)
    const path = slashed.get(raw) ?? raw
    const allowed = allowedOrigin(call, origin, path)
    const asked = call.header('access-control-request-method')
    if (call.method === 'OPTIONS' && asked !== null) {
      const headers = allowed === null ? {} : preflightHeaders(config, call, asked, path)
      return preflight(allowed, headers)
    }
    if (allowed !== null) {
      call.responseHeaders['access-control-allow-origin'] = allowed
      call.responseHeaders['access-control-expose-headers'] = exposed
    }
    call.responseHeaders.vary = 'Origin'
    return next(call)
  }
}

/**
 * Returns the stage of an own path that pages of any site may call. Its answers say so to every
 * caller, because a cache may keep an answer that no page has asked for.
 */
export function openToPages(config: Config): Stage {
  const exposed = exposedHeaders(config.cors.exposedHeaders)
  return (next) => (call) => {
    call.responseHeaders['access-control-allow-origin'] = '*'
    call.responseHeaders['access-control-expose-headers'] = exposed
    call.responseHeaders.vary = 'Origin'
    return next(call)
  }
}

/** Answers a preflight request. `allowed` is the value of `Access-Control-Allow-Origin`. */
function preflight(allowed: string | null, headers: Record<string, string>): Answer {
  if (allowed !== null) headers['access-control-allow-origin'] = allowed
  return { status: 204, headers: { ...headers, vary: 'Origin' }, body: null }
}

/**
 * Returns what a page may send to a path with the method that it asks for: the headers that the
 * gateway reads, and those that the route's origin may be sent. Where no origin is asked, the
 * gateway ignores what it does not read, so a page may send what any origin may be sent.
 */
function preflightHeaders(
  config: Config,
  call: Call,
  method: string,
  path: string,
): Record<string, string> {
  const route = findRoute(config, method, path)
  const routes = route === undefined ? routesAt(config, path) : [route]
  const own = routes.flatMap(originsOf)
  const origins = own.length > 0 ? own : config.routes.flatMap(originsOf)
  const rules = [...new Set(origins)].map(sendingRule)
  const passes = (name: string) =>
    rules.some(({ mayBeSent }) => mayBeSent(name.toLowerCase())) ||
    (routes.some(isMcp) && /^mcp-[a-z0-9_-]{1,64}$/i.test(name))
  const list = call.header('access-control-request-headers')?.slice(0, MAX_ASKED_LENGTH) ?? ''
  const asked = list.split(',').slice(0, MAX_ASKED_NAMES)
  const names = [
    ...OWN_HEADERS,
    ...config.apiKeys.headers.slice(1),
    ...rules.flatMap(({ names }) => names),
    // Names that are in no list, because a config forwards them by their prefix.
    ...asked.map((name) => name.trim()).filter(passes),
  ]
  return {
    'access-control-allow-methods': ALLOWED_METHODS,
    'access-control-allow-headers': eachOnce(names).join(', '),
    'access-control-max-age': '600',
  }
}

/** Returns names without those that differ from an earlier one only by case. */
function eachOnce(names: readonly string[]): string[] {
  const seen = new Set<string>()
  return names.filter((name) => {
    const isNew = !seen.has(name.toLowerCase())
    seen.add(name.toLowerCase())
    return isNew
  })
}

/** Returns the origins of a route: one, or none for an endpoint. */
function originsOf({ target }: Route): Origin[] {
  if ('origin' in target) return [target.origin]
  return target.merged === null ? [] : [target.merged]
}

/** The request headers that an origin may be sent: by name, and by a rule for prefixes. */
const sendingRule = memoize((origin: Origin) => {
  const passes = forwardingRule(origin.requestHeaders)
  return {
    names: [...STANDARD_HEADERS, ...origin.requestHeaders.filter((name) => !name.endsWith('*'))],
    mayBeSent: (name: string) => /^[a-z0-9!#$%&'*+.^`|~-]{1,100}$/.test(name) && passes(name),
  }
})

const isMcp = ({ protocol }: Route) => protocol === 'mcp'
