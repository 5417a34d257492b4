/**
 * Decides whether a request target has exactly one reading. Any other is refused, never repaired.
 */

/** The longest URL that the gateway reads, in characters; the platform has the same limit. */
export const MAX_URL_LENGTH = 16_384

export interface Target {
  /** The path exactly as the caller sent it, because the path that is matched is forwarded. */
  path: string
  /** The query with its "?", or "". It is forwarded unchanged and plays no part in routing. */
  query: string
}

/**
 * Returns the authority of an absolute URL: its host, and its port unless that is the scheme's own.
 */
export function authorityOf(url: string): string {
  const start = url.indexOf('://') + 3
  return url.slice(start, url.indexOf('/', start))
}

/** The path of an absolute URL as it is, not decoded and without its query; "" if it has none. */
export function rawPathOf(url: string): string {
  const start = url.indexOf('/', url.indexOf('://') + 3)
  if (start < 0) return ''
  const end = url.slice(start).search(/[?#]/)
  return end < 0 ? url.slice(start) : url.slice(start, start + end)
}

/**
 * A request's URL → its target; or null if two parsers could read the path differently. Such paths
 * have dot segments, empty segments, backslashes, `;`, a fragment, or a percent-encoding of a
 * character that needs no encoding, that separates segments, or that some parsers drop (RFC 3986
 * sections 2.1 to 2.4 and 3.3).
 */
export function readTarget(url: string): Target | null {
  const start = url.indexOf('/', url.indexOf('://') + 3)
  if (start < 0 || /[?\\]/.test(url.slice(0, start)) || url.includes('#')) return null
  const mark = url.indexOf('?', start)
  const path = mark < 0 ? url.slice(start) : url.slice(start, mark)
  return hasOneReading(path) ? { path, query: mark < 0 ? '' : url.slice(mark) } : null
}

/** pchar of RFC 3986 without ";", because some servers cut a path there. */
const PLAIN = /^\/[A-Za-z0-9\-._~!$&'()*+,=:@/]*$/
const ENCODED = /^\/(?:[A-Za-z0-9\-._~!$&'()*+,=:@/]|%[0-9A-Fa-f]{2})*$/

/** An empty segment, or a segment that ends with a dot: "." and "..", and what Windows trims. */
const DOUBTFUL = /\/\/|\.(?:\/|$)/
/** A segment that begins or ends with an encoded blank, which Windows trims too. */
const BLANK_AT_END = /\/%20|%20(?:\/|$)/

function hasOneReading(path: string): boolean {
  if (DOUBTFUL.test(path)) return false
  if (!path.includes('%')) return PLAIN.test(path)
  if (!ENCODED.test(path) || BLANK_AT_END.test(path)) return false
  for (const [, hex] of path.matchAll(/%(..)/g)) {
    if (isAmbiguousByte(Number.parseInt(hex ?? '', 16))) return false
  }
  try {
    decodeURIComponent(path)
    return true
  } catch {
    return false // not UTF-8
  }
}

function isAmbiguousByte(byte: number): boolean {
  if (byte < 0x20 || byte === 0x7f) return true
  return /[A-Za-z0-9\-._~/\\%;]/.test(String.fromCharCode(byte)) && byte < 0x80
}
