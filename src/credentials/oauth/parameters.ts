/**
 * Reads the parameters of an OAuth request from a query or a form (OAuth 2.1 sections 3.1 and 3.2).
 */

/** The most parameters that are read. */
const MAX_PARAMETERS = 100

export interface Parameters {
  /** A parameter's value, or undefined if the parameter is absent, empty or repeated. */
  get(name: string): string | undefined
  /** Whether this parameter appears more than once. */
  isRepeated(name: string): boolean
  /** Whether any parameter appears more than once, or there are too many parameters to tell. */
  hasRepeated: boolean
}

/**
 * Parses `a=1&b=2`, with or without a leading "?". A parameter without a value counts as absent
 * (section 3.1).
 */
export function parseParameters(text: string): Parameters {
  const values = new Map<string, string>()
  const repeated = new Set<string>()
  let count = 0
  for (const [name, value] of new URLSearchParams(text)) {
    count += 1
    if (count > MAX_PARAMETERS) break
    if (values.has(name)) repeated.add(name)
    values.set(name, value)
  }
  return {
    get: (name) => (repeated.has(name) ? undefined : values.get(name) || undefined),
    isRepeated: (name) => repeated.has(name),
    hasRepeated: repeated.size > 0 || count > MAX_PARAMETERS,
  }
}

/**
 * Whether a presented `resource` is `ours`: the same string, except for the case of scheme and host
 * (RFC 8707 section 2).
 */
export function isSameResource(presented: string, ours: string): boolean {
  if (presented === ours) return true
  const end = ours.indexOf('/', ours.indexOf('://') + 3)
  const length = end < 0 ? ours.length : end
  return (
    presented.slice(0, length).toLowerCase() === ours.slice(0, length).toLowerCase() &&
    presented.slice(length) === ours.slice(length)
  )
}
