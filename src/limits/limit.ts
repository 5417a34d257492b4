/** Reads limits: how many requests a window of time takes. */

export interface Limit {
  /** The name that the RateLimit headers give this limit. */
  name: string
  /** The number of requests that a window takes. */
  count: number
  windowMs: number
  /**
   * Whether the account's object decides about each request. Otherwise the isolate decides, and is
   * corrected by the object.
   */
  isStrict?: true
}

/** "10/1s" → 10 requests in 1,000 ms, or null. `parseMs` reads the duration. */
export function parseLimit(text: string, parseMs: (text: string) => number | null) {
  const match = /^([1-9][0-9]{0,8})\/(.{2,12})$/.exec(text)
  const windowMs = parseMs(match?.[2] ?? '')
  return match === null || windowMs === null ? null : { count: Number(match[1]), windowMs }
}

/**
 * "10/1s", "10/1s fast" or "30/60s strict" → the limit, or null. A limit without a word is fast.
 */
export function parseSharedLimit(text: string, parseMs: (text: string) => number | null) {
  const match = /^(\S{2,32})(?: (fast|strict))?$/.exec(text)
  const limit = parseLimit(match?.[1] ?? '', parseMs)
  if (limit === null) return null
  return match?.[2] === 'strict' ? { ...limit, isStrict: true as const } : limit
}

/**
 * A limit of the config under the name that the RateLimit headers give it, as a list; none is
 * unlimited.
 */
export function namedLimits(
  name: string,
  parsed: Omit<Limit, 'name'> | 'unlimited' | undefined,
): readonly Limit[] {
  return parsed === undefined || parsed === 'unlimited' ? [] : [{ name, ...parsed }]
}
