/** How an origin is reached: by URL, or by a service binding. */

import { belowBase, type Config, type Origin, type Route } from '../config/config.ts'
import { parseOriginUrl } from '../config/urls.ts'
import type { Target } from '../http/path.ts'
import type { Env } from './env.ts'

export interface ReachableOrigin {
  /** The origin's URL without a trailing slash: what goes before a forwarded path. */
  url: string
  /** The URL as it is given, for an origin that is one endpoint; null behind a service binding, which has none. */
  endpoint: string | null
  fetch: (url: string, init: RequestInit) => Promise<Response>
}

/** Service bindings do not look at the host; it is only what the other Worker sees in its URL. */
const SERVICE_URL = 'https://origin.internal'

/** An origin as this env reaches it. Throws a sentence for the operator when a binding is missing. */
export function reachOrigin(env: Env, origin: Origin): ReachableOrigin {
  const { location } = origin
  if ('service' in location) {
    const service = env[location.service]
    if (!isFetcher(service))
      throw new Error(`origin ${origin.name}: no service binding ${location.service}`)
    return { url: SERVICE_URL, endpoint: null, fetch: (url, init) => service.fetch(url, init) }
  }
  const given = 'url' in location ? location.url : String(env[location.urlFrom] ?? '')
  const url = parseOriginUrl(given)
  if (url === null) {
    const name = 'urlFrom' in location ? location.urlFrom : 'url'
    throw new Error(`origin ${origin.name}: ${name} must be an https URL (http only on loopback)`)
  }
  const endpoint = given.endsWith('/') ? `${url}/` : url
  return { url, endpoint, fetch: (target, init) => fetch(target, init) }
}

/** The headers that the origin demands, from their secret bindings. Throws when one is missing. */
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
 * The URL that an origin is asked for what the gateway matched. Behind a row that speaks MCP the origin's URL is
 * the whole endpoint's.
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

/** A query without tokens: they are not looked at there (RFC 6750 section 2.3), and never travel on. */
function withoutToken(query: string): string {
  const kept = query
    .slice(1)
    .split('&')
    .filter((pair) => !isToken(pair.split('=')[0] ?? ''))
  return kept.join('') === '' ? '' : `?${kept.join('&')}`
}

function isToken(name: string): boolean {
  try {
    return decodeURIComponent(name.replaceAll('+', ' ')) === 'access_token'
  } catch {
    return false // no such name, for any reader
  }
}

function isFetcher(value: unknown): value is Fetcher {
  return typeof value === 'object' && value !== null && 'fetch' in value
}
