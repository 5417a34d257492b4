/** Decides whether a request target has exactly one reading. What has two is refused, never repaired. */

/** The longest URL that is read at all, in characters; also the platform's own limit. */
export const MAX_URL_LENGTH = 16_384

export interface Target {
  /** The path exactly as the caller sent it: what is matched is what is forwarded. */
  path: string
  /** The query with its "?", or "". Forwarded as it is, never interpreted for routing. */
  query: string
}

/**
 * A request's URL → its target, or null where two parsers could read the path differently: dot
 * segments, empty segments, backslashes, `;`, fragments, and percent-encodings of characters that
 * need none, that separate, or that vanish (RFC 3986 sections 2.1 to 2.4, 3.3).
 */
export function readTarget(url: string): Target | null {
  const start = url.indexOf('/', url.indexOf('://') + 3)
  if (start < 0 || /[?\\]/.test(url.slice(0, start)) || url.includes('#')) return null
  const mark = url.indexOf('?', start)
  const path = mark < 0 ? url.slice(start) : url.slice(start, mark)
  return hasOneReading(path) ? { path, query: mark < 0 ? '' : url.slice(mark) } : null
}

/** pchar of RFC 3986 without ";", which some servers cut at. */
const PLAIN = /^\/[A-Za-z0-9\-._~!$&'()*+,=:@/]*$/
const ENCODED = /^\/(?:[A-Za-z0-9\-._~!$&'()*+,=:@/]|%[0-9A-Fa-f]{2})*$/

/** An empty segment before another, or one that ends where Windows origins trim: "." and ".." are such. */
const DOUBTFUL = /\/\/|\.(?:\/|$)/
/** The same for a blank, at either end. */
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
