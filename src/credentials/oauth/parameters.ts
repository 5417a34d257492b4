/**
 * Reads the parameters of an OAuth request from a query or a form (OAuth 2.1 sections 3.1 and 3.2).
 */

/** The most parameters that are read. */
const MAX_PARAMETERS = 100

export interface Parameters {
  /** A parameter's value, or undefined if the parameter is absent, empty or repeated. */
  get(name: string): string | undefined
  /** The values of a parameter that may be repeated, without those that are empty. */
  all(name: string): string[]
  /** Whether this parameter appears more than once. */
  isRepeated(name: string): boolean
  /**
   * Whether any parameter but the lists appears more than once, or there are too many parameters to
   * tell.
   */
  hasRepeated: boolean
}

/**
 * Parses `a=1&b=2`, with or without a leading "?". A parameter without a value counts as absent
 * (section 3.1). Parameters that are `lists` may be repeated, like `resource` (RFC 8707 section 2).
 */
export function parseParameters(text: string, lists: readonly string[] = []): Parameters {
  const values = new Map<string, string[]>()
  const repeated = new Set<string>()
  let count = 0
  for (const [name, value] of new URLSearchParams(text)) {
    count += 1
    if (count > MAX_PARAMETERS) break
    const known = values.get(name)
    if (known === undefined) values.set(name, [value])
    else if (lists.includes(name)) known.push(value)
    else repeated.add(name)
  }
  return {
    get: (name) => (repeated.has(name) ? undefined : values.get(name)?.[0] || undefined),
    all: (name) => values.get(name)?.filter((value) => value !== '') ?? [],
    isRepeated: (name) => repeated.has(name),
    hasRepeated: repeated.size > 0 || count > MAX_PARAMETERS,
  }
}
