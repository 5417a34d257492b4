/** Counts the results that a call asks for, and the results that an answer holds. */
import type { Most } from '../config/config.ts'
import { countAt, type Pointer } from '../lib/jsonPointer.ts'

/**
 * Returns the most results that a call asks for, from 1 to `most.max`. `query` is the URL's query
 * with its "?"; `body` is the whole request body. A call that says the number twice, or in a way
 * that only its origin may understand, asks for `most.max`.
 */
export function maxResultsOf(most: Most, query: string, body: Uint8Array | null): number {
  if ('query' in most) {
    const values = valuesOf(query, most.query)
    if (values.length === 0) return most.default
    const [only = ''] = values.length === 1 ? values : []
    return within(/^[0-9]{1,9}$/.test(only) ? Number(only) : 0, most.max)
  }
  if (!('body' in most)) return most.max
  const parsed = parseJsonBody(body)
  const isClear = body !== null && parsed !== undefined && !hasDuplicateNames(body, parsed)
  const counts = most.body.map((pointer) => countAt(isClear ? parsed : undefined, pointer) ?? 0)
  return within(
    counts.reduce((sum, count) => sum + count, 0),
    most.max,
  )
}

/**
 * Returns the number of results in a JSON answer: the length of the array at `pointer`, or the
 * number there. Returns null if the body is not JSON, or has neither at that place.
 */
export function countResults(body: Uint8Array, pointer: Pointer): number | null {
  return countAt(parseJsonBody(body), pointer)
}

/** Returns the number of results in the value of a header, or null if the value is no number. */
export function countInHeader(value: string | null): number | null {
  return value !== null && /^[0-9]{1,9}$/.test(value) ? Number(value) : null
}

/**
 * Returns a query's values for a name. A parameter that only some origins take for that name
 * ("Limit", "limit[]", or one after a ";") has the value "".
 */
function valuesOf(query: string, name: string): string[] {
  const plain = (text: string) => text.trim().toLowerCase().replace(/\[.*/s, '')
  const isAlike = ([other]: [string, string]) => plain(other) === plain(name)
  const found = [...new URLSearchParams(query)].filter(isAlike)
  const hidden = [...new URLSearchParams(query.replaceAll(';', '&'))]
    .filter(isAlike)
    .slice(found.length)
  return [...found.map(([other, value]) => (other === name ? value : '')), ...hidden.map(() => '')]
}

const within = (count: number, max: number) => (count >= 1 && count <= max ? count : max)

/**
 * Whether a JSON body names a member of an object twice. Readers differ in which of the two counts
 * (RFC 8259 section 4). `parsed` is the parsed body.
 */
function hasDuplicateNames(body: Uint8Array, parsed: unknown): boolean {
  const text = new TextDecoder().decode(body)
  // In JSON, a string with a colon behind it is a name.
  const strings = text.match(/"[^"\\]*(?:\\.[^"\\]*)*"\s*:?/g) ?? []
  const named = strings.filter((string) => string.endsWith(':')).length
  let kept = 0
  const waiting = [parsed]
  for (const value of waiting) {
    if (typeof value !== 'object' || value === null) continue
    const members: unknown[] = Object.values(value)
    if (!Array.isArray(value)) kept += members.length
    for (const member of members) waiting.push(member)
  }
  return named > kept
}

/** Returns a body parsed as JSON in UTF-8 (RFC 8259), or undefined. */
function parseJsonBody(body: Uint8Array | null): unknown {
  if (body === null) return undefined
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true, ignoreBOM: false }).decode(body))
  } catch {
    return undefined
  }
}
