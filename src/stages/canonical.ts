/**
 * Refuses requests whose URL can be read in two ways, and requests for hosts that the gateway does
 * not serve. No URL is repaired, but for the slash behind the path of an MCP endpoint.
 */
import { type Config, findRoute, type Route } from '../config/config.ts'
import { slashedPaths } from '../config/slashedPath.ts'
import { otherReadings, readTargetWithIds } from '../http/encodedIds.ts'
import { authorityOf, MAX_URL_LENGTH, readTarget, type Target } from '../http/path.ts'
import { Problem } from '../http/problem.ts'
import type { Call, Stage } from '../pipeline/call.ts'

/** The longest request headers, in characters. A payment credential alone may need 4,096. */
const MAX_HEADER_LENGTH = 65_536

/**
 * Sets `call.target`, the one reading of the URL for all later stages. Throws `uri_too_long`,
 * `invalid_path`, `misdirected_request` or `headers_too_large`.
 */
export function canonical(config: Config): Stage {
  const unslashed = slashedPaths(config)
  const hasIds = config.routes.some(({ encodedIds }) => encodedIds)
  return (next) => (call) => {
    if (call.url.length > MAX_URL_LENGTH) throw new Problem('uri_too_long')
    const target = readTarget(call.url) ?? (hasIds ? targetWithIds(config, call) : null)
    if (target === null) throw new Problem('invalid_path')
    if (target.path.endsWith('/')) target.path = unslashed.get(target.path) ?? target.path
    if (!config.hosts.has(hostnameOf(call.url))) throw new Problem('misdirected_request')
    if (call.headers.length > MAX_HEADER_LENGTH) throw new Problem('headers_too_large')
    if (looksLikeAnotherRoute(config, call.method, target.path)) throw new Problem('invalid_path')
    call.target = target
    return next(call)
  }
}

/**
 * Returns the target of a call whose path holds ids that only its route allows, and no other
 * reading of which is for another route; else null. A route that takes whatever is below a segment
 * ("*") counts only if it names what is in the place of an id.
 */
function targetWithIds(config: Config, { method, url }: Call): Target | null {
  const read = readTargetWithIds(url)
  if (read === null) return null
  const { target, ids } = read
  const route = findRoute(config, method, target.path)
  if (!route?.encodedIds || !ids.every((i) => route.segments[i]?.startsWith(':'))) return null
  const first = ids[0] ?? 0
  const namesId = ({ segments }: Route) => segments.slice(first).some((part) => !/^[:*]/.test(part))
  const isAmbiguous = otherReadings(target.path).some((path) => {
    const other = findRoute(config, method, foldPath(config, path))
    if (other === undefined || other === route) return false
    return other.segments.at(-1) !== '*' || namesId(other)
  })
  return isAmbiguous ? null : target
}

/** The highest port (RFC 9293 section 3.1). No parser reads a URL with a higher one. */
const MAX_PORT = 65_535

/**
 * Returns the host of an absolute URL in lower case, without port. An IPv6 address keeps its
 * brackets. A port that is none stays, so that no host is equal to the result.
 */
function hostnameOf(url: string): string {
  const authority = authorityOf(url).toLowerCase()
  if (!authority.includes(':')) return authority
  return authority.replace(/:(\d+)$/, (all, port) => (Number(port) > MAX_PORT ? all : ''))
}

/**
 * Whether a path matches one route, but would match another route for an origin that ignores case
 * or a trailing slash. `/x/tweets/SEARCH` must not be a way around the limits of `/x/tweets/search`
 * (docs/decisions/0003).
 */
function looksLikeAnotherRoute(config: Config, method: string, path: string): boolean {
  if (!/[A-Z]|.\/$/.test(path)) return false
  const route = findRoute(config, method, path)
  if (route === undefined) return false
  const other = findRoute(config, method, foldPath(config, path))
  return other !== undefined && other !== route
}

/** Returns a path in lower case without a trailing slash. The base path is left as it is. */
function foldPath({ basePath }: Config, path: string): string {
  const kept = path.startsWith(`${basePath}/`) ? basePath : ''
  return kept + path.slice(kept.length).toLowerCase().replace(/\/$/, '')
}
