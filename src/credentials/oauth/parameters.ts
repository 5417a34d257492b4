/** The parameters of an OAuth request (OAuth 2.1 sections 3.1 and 3.2), from a query or a form. */

/** The most parameters that are read. */
const MAX_PARAMETERS = 100

export interface Parameters {
  /** A parameter's value; undefined if it is absent, empty or repeated. */
  get(name: string): string | undefined
  /** Whether a parameter comes more than once. */
  isRepeated(name: string): boolean
  /** Whether any parameter comes more than once, or there are too many to tell. */
  hasRepeated: boolean
}

/** `a=1&b=2`, with or without a "?" → its parameters. One without a value is none (section 3.1). */
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

/** Whether a `resource` names ours: the same string, but for the case of scheme and host (RFC 8707 section 2). */
export function isSameResource(presented: string, ours: string): boolean {
  if (presented === ours) return true
  const end = ours.indexOf('/', ours.indexOf('://') + 3)
  const length = end < 0 ? ours.length : end
  return (
    presented.slice(0, length).toLowerCase() === ours.slice(0, length).toLowerCase() &&
    presented.slice(length) === ours.slice(length)
  )
}
