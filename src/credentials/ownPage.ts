/** Decides whether a request with a cookie comes from a page of the gateway. */
import type { HeaderReader } from '../http/headerReader.ts'
import { Problem } from '../http/problem.ts'

/**
 * A request that may carry a cookie of the gateway. `ownOrigin` is the origin of the request's URL,
 * whose host was checked to be one of the gateway's.
 */
export interface CookieRequest {
  headers: HeaderReader
  ownOrigin: string
}

/**
 * Whether a request comes from a page of the gateway's own origin or from no page at all. Decided
 * by `Sec-Fetch-Site` or, where a browser does not send it, by `Origin`. A request with neither
 * header does not come from a page in a browser, and is accepted.
 */
export function isSameOrigin(headers: HeaderReader, ownOrigin: string): boolean {
  const site = headers.get('sec-fetch-site') ?? null
  if (site !== null) return site === 'same-origin' || site === 'none'
  const origin = headers.get('origin') ?? null
  return origin === null || origin === ownOrigin
}

/** Throws `cross_site_request` for a request that a page of another origin has made. */
export function requireOwnPage({ headers, ownOrigin }: CookieRequest): void {
  if (!isSameOrigin(headers, ownOrigin)) throw new Problem('cross_site_request')
}
