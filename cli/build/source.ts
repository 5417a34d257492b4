/** Writes data as JavaScript source, which the build puts in the place of the config file. */

/** Text that is worth a name if it comes again, in characters. */
const LONG = 40

/**
 * Returns a JavaScript expression that evaluates to an equal value, in which equal objects are one
 * object. Takes the types that a parsed config is made of: plain objects, arrays, sets, strings,
 * finite numbers, bigints, booleans, null and undefined. Throws an Error for any other value.
 */
export function toSource(value: unknown): string {
  const counts = countsIn(value)
  const names = new Map<string, string>()
  const declarations: string[] = []
  const sourceOf = (part: unknown): string => {
    const source = literalOf(part, sourceOf)
    if (typeof part !== 'object' || part === null) return source
    const text = fullText(part)
    if (text.length < LONG || counts.get(text) === 1) return source
    const known = names.get(text)
    if (known !== undefined) return known
    const name = `v${names.size}`
    names.set(text, name)
    declarations.push(`${name}=${source}`)
    return name
  }
  const source = sourceOf(value)
  return declarations.length === 0
    ? source
    : `(()=>{const ${declarations.join(',')};return ${source}})()`
}

/** Returns the literal of a value with all that is in it. */
const fullText = (value: unknown): string => literalOf(value, fullText)

/** Returns how often each literal occurs in a value. */
function countsIn(value: unknown): Map<string, number> {
  const counts = new Map<string, number>()
  const count = (part: unknown): string => {
    const text = literalOf(part, count)
    counts.set(text, (counts.get(text) ?? 0) + 1)
    return text
  }
  count(value)
  return counts
}

/** Returns the literal of a value, whose parts are written by `sourceOf`. */
function literalOf(value: unknown, sourceOf: (part: unknown) => string): string {
  if (value === undefined) return 'undefined'
  if (value === null || typeof value === 'boolean' || typeof value === 'string')
    return JSON.stringify(value)
  if (typeof value === 'number' && Number.isFinite(value)) return String(value)
  if (typeof value === 'bigint') return `${value}n`
  if (Array.isArray(value)) return `[${value.map(sourceOf).join(',')}]`
  if (value instanceof Set) return `new Set([${[...value].map(sourceOf).join(',')}])`
  if (typeof value === 'object' && Object.getPrototypeOf(value) === Object.prototype) {
    const members = Object.entries(value).map(
      ([name, member]) => `[${JSON.stringify(name)}]:${sourceOf(member)}`,
    )
    return `{${members.join(',')}}`
  }
  throw new Error(`a config cannot hold ${String(value)}`)
}
