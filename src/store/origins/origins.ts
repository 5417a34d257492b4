/** How an origin is reached: by URL, or by a service binding. */
import { belowBase, type Config, type Origin, type Route } from '../../config/config.ts'
import { parseOriginUrl } from '../../config/urls.ts'
import type { Target } from '../../http/path.ts'
import type { Env } from '../env.ts'

/** An origin whose bindings have been read. */
export interface ReachableOrigin {
  /** The origin's URL without a trailing slash: the base that a forwarded path is appended to. */
  url: string
  /**
   * The URL as the operator gave it, for an origin that is a single endpoint: a trailing slash
   * stays. Null behind a service binding.
   */
  endpoint: string | null
  /** Whether the platform's cache is on the way: not behind a service binding. */
  isCached: boolean
  /** Sends a request to the origin. */
  fetch: (url: string, init: RequestInit) => Promise<Response>
}

/** The base URL behind a service binding: only the other Worker sees it, the binding ignores it. */
const SERVICE_URL = 'https://origin.internal'

/**
 * Returns an origin as this env reaches it. Throws an error for the operator if a service binding
 * is missing, or if the URL is not valid.
 */
export function reachOrigin(env: Env, origin: Origin): ReachableOrigin {
  const { location } = origin
  if ('service' in location) {
    const service = env[location.service]
    if (!isFetcher(service))
      throw new Error(`origin ${origin.name}: no service binding ${location.service}`)
    return {
      url: SERVICE_URL,
      endpoint: null,
      isCached: false,
      fetch: (url, init) => service.fetch(url, init),
    }
  }
  const given = 'url' in location ? location.url : String(env[location.urlFrom] ?? '')
  const url = parseOriginUrl(given)
  if (url === null) {
    const name = 'urlFrom' in location ? location.urlFrom : 'url'
    throw new Error(`origin ${origin.name}: ${name} must be an https URL (http only on loopback)`)
  }
  const endpoint = given.endsWith('/') ? `${url}/` : url
  return { url, endpoint, isCached: true, fetch: (target, init) => fetch(target, init) }
}

/**
 * Returns the headers that the origin demands, with values from secret bindings. Throws an error
 * for the operator if a binding is missing.
 */
export function secretHeaders(env: Env, origin: Origin): Record<string, string> {
  const headers: Record<string, string> = {}
  for (const [name, binding] of Object.entries(origin.secretHeaders)) {
    const value = env[binding]
    if (typeof value !== 'string' || value === '') {
      throw new Error(`origin ${origin.name}: the secret ${binding} for header ${name} is missing`)
    }
    headers[name] = value
  }
  return headers
}

/**
 * Returns the URL that the origin is asked for a matched target. On a route that speaks MCP, an
 * origin with a URL is the endpoint itself, and no path is appended to its URL.
 */
export function originUrl(
  config: Config,
  route: Route,
  origin: Origin,
  { url, endpoint }: ReachableOrigin,
  { path, query }: Target,
): string {
  if (route.protocol === 'mcp') return (endpoint ?? url + path) + withoutToken(query)
  return url + (origin.keepsBasePath ? path : (belowBase(config, path) ?? path)) + query
}

/**
 * Removes `access_token` from a query. The gateway does not read tokens there (RFC 6750 section
 * 2.3), and never forwards one.
 */
function withoutToken(query: string): string {
  const pairs = query
    .slice(1)
    .split('&')
    .filter((pair) => !isToken(pair.split('=')[0] ?? ''))
  return pairs.join('') === '' ? '' : `?${pairs.join('&')}`
}

function isToken(name: string): boolean {
  try {
    return decodeURIComponent(name.replaceAll('+', ' ')) === 'access_token'
  } catch {
    return false // a name that cannot be decoded is not `access_token` for any reader
  }
}

function isFetcher(value: unknown): value is Fetcher {
  return typeof value === 'object' && value !== null && 'fetch' in value
}
