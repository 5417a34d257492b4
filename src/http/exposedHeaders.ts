/**
 * The response headers that a page of another site may read (Fetch standard,
 * `Access-Control-Expose-Headers`).
 */
import type { HeaderFields } from './headerFields.ts'

/** The gateway's own, then the standard ones, then those that many APIs have. */
const EXPOSED_HEADERS = [
  'Retry-After',
  'RateLimit',
  'RateLimit-Policy',
  'X-Request-Id',
  'WWW-Authenticate',
  'Payment-Receipt',
  'Payment-Status',
  'Payment-Session',
  'Payment-Session-Snapshot',
  'Mcp-Session-Id',
  'Mcp-Protocol-Version',
  'Location',
  'Content-Location',
  'Link',
  'ETag',
  'Allow',
  'Accept-Ranges',
  'Content-Range',
  'Content-Disposition',
  'Content-Encoding',
  'Content-Digest',
  'Repr-Digest',
  'Date',
  'Age',
  'Deprecation',
  'Sunset',
  'Preference-Applied',
  'Server-Timing',
  'Idempotency-Key',
  'Idempotency-Replayed',
  'Idempotent-Replayed',
  'X-RateLimit-Limit',
  'X-RateLimit-Remaining',
  'X-RateLimit-Reset',
  'X-RateLimit-Used',
  'X-RateLimit-Resource',
  'RateLimit-Limit',
  'RateLimit-Remaining',
  'RateLimit-Reset',
  'X-Total-Count',
  'X-Total',
  'X-Page',
  'X-Next-Page',
  'X-Should-Retry',
]

/** The most names, and the longest list in characters, that are taken from an origin. */
const MAX_NAMES = 64
const MAX_LENGTH = 4_096

const NAME = /^[A-Za-z0-9!#$%&'+.^_`|~-]{1,100}$/

/** The value of `Access-Control-Expose-Headers`; `more` are the names that a config adds. */
export function exposedHeaders(more: readonly string[]): string {
  return joined(EXPOSED_HEADERS, more)
}

/**
 * The same with the names that an origin exposes, of an answer with `headers` (by lower-case name).
 * Its "*" stands for every header of the answer.
 */
export function exposedByOrigin(exposed: string, headers: HeaderFields): string {
  const given = headers.get('access-control-expose-headers')
  if (given === undefined || given.length > MAX_LENGTH) return exposed
  const names = given.split(',').map((name) => name.trim())
  if (names.includes('*')) headers.forEach((_, name) => void names.push(name))
  return joined(exposed.split(', '), names)
}

function joined(first: readonly string[], more: readonly string[]): string {
  const known = new Set(first.map((name) => name.toLowerCase()))
  const names = more.slice(0, MAX_NAMES).filter((name) => {
    return NAME.test(name) && !known.has(name.toLowerCase())
  })
  return [...first, ...names].join(', ')
}
