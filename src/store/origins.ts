/** How an origin is reached: by URL, or by a service binding. */

import { parseOriginUrl } from '../lib/configSchema.ts'
import type { Gateway, Origin } from '../lib/gateway.ts'
import type { Env } from './env.ts'

export interface ReachableOrigin {
  /** The origin's URL without a trailing slash: what goes before a forwarded path. */
  url: string
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
    return { url: SERVICE_URL, fetch: (url, init) => service.fetch(url, init) }
  }
  const url = 'url' in location ? location.url : parseOriginUrl(String(env[location.urlFrom] ?? ''))
  if (url === null) {
    const name = 'urlFrom' in location ? location.urlFrom : 'url'
    throw new Error(`origin ${origin.name}: ${name} must be an https URL (http only on loopback)`)
  }
  return { url, fetch: (target, init) => fetch(target, init) }
}

/** The headers that the origin demands, from their secret bindings. Throws when one is missing. */
export function secretHeaders(env: Env, origin: Origin): [name: string, value: string][] {
  return Object.entries(origin.secretHeaders).map(([name, binding]) => {
    const value = env[binding]
    if (typeof value !== 'string' || value === '') {
      throw new Error(`origin ${origin.name}: the secret ${binding} for header ${name} is missing`)
    }
    return [name, value]
  })
}

/** The path that an origin sees for a path that the gateway matched. */
export function originPath(gateway: Gateway, origin: Origin, path: string): string {
  return origin.keepsBasePath ? path : path.slice(gateway.basePath.length) || '/'
}

function isFetcher(value: unknown): value is Fetcher {
  return typeof value === 'object' && value !== null && 'fetch' in value
}
