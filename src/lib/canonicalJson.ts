/** Writes JSON canonically: equal values give equal text (JCS, RFC 8785). */

export type Json =
  | string
  | number
  | boolean
  | null
  | readonly Json[]
  | { readonly [name: string]: Json }

/**
 * The canonical JSON of a value: members sorted by UTF-16 code units, no white space. NaN,
 * infinities and lone surrogates, which RFC 8785 forbids, are not refused: they are written as
 * JSON.stringify writes them.
 */
export function canonicalJson(value: Json): string {
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`
  if (typeof value !== 'object' || value === null) return JSON.stringify(value)
  const members = Object.entries(value as { [name: string]: Json }).sort(([a], [b]) =>
    a < b ? -1 : 1,
  )
  return `{${members.map(([name, member]) => `${JSON.stringify(name)}:${canonicalJson(member)}`).join(',')}}`
}
