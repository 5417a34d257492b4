/** Writes data as JavaScript source, which the build puts in the place of the config file. */

/**
 * Returns a JavaScript expression that evaluates to an equal value. Takes the types that a parsed
 * config is made of: plain objects, arrays, sets, strings, finite numbers, bigints, booleans, null
 * and undefined. Throws an Error for any other value.
 */
export function toSource(value: unknown): string {
  if (value === undefined) return 'undefined'
  if (value === null || typeof value === 'boolean' || typeof value === 'string')
    return JSON.stringify(value)
  if (typeof value === 'number' && Number.isFinite(value)) return String(value)
  if (typeof value === 'bigint') return `${value}n`
  if (Array.isArray(value)) return `[${value.map(toSource).join(',')}]`
  if (value instanceof Set) return `new Set(${toSource([...value])})`
  if (typeof value === 'object' && Object.getPrototypeOf(value) === Object.prototype) {
    const members = Object.entries(value).map(
      ([name, member]) => `[${JSON.stringify(name)}]:${toSource(member)}`,
    )
    return `{${members.join(',')}}`
  }
  throw new Error(`a config cannot hold ${String(value)}`)
}
