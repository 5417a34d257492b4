/** Results of calls that are sold by the result: the most that a call asks for, and how many an answer holds. */
import type { Most } from '../config/config.ts'
import { countAt, type Pointer } from '../lib/jsonPointer.ts'

/**
 * The most results that a call asks for, from 1 to `max`. `query` is the URL's, with its "?"; `body` is the
 * whole request body. A call that says it twice, or in a way that only its origin may understand, asks for `max`.
 */
export function mostOf(most: Most, query: string, body: Uint8Array | null): number {
  if ('query' in most) {
    const said = valuesOf(query, most.query)
    if (said.length === 0) return most.default
    const [only = ''] = said.length === 1 ? said : []
    return within(/^[0-9]{1,9}$/.test(only) ? Number(only) : 0, most.max)
  }
  if (!('body' in most)) return most.max
  const read = parseJsonBody(body)
  const asked = body === null || read === undefined || hasTwins(body, read) ? undefined : read
  const counts = most.body.map((pointer) => countAt(asked, pointer) ?? 0)
  return within(
    counts.reduce((sum, count) => sum + count, 0),
    most.max,
  )
}

/** How many results a JSON answer holds, or null: it is no JSON, or nothing there can be counted. */
export function countResults(body: Uint8Array, pointer: Pointer): number | null {
  return countAt(parseJsonBody(body), pointer)
}

/** How many results a header says, or null. */
export function countInHeader(value: string | null): number | null {
  return value !== null && /^[0-9]{1,9}$/.test(value) ? Number(value) : null
}

/** What a query says by a name, "" for each that only some origins would take for it: "Limit", "limit[]", or after a ";". */
function valuesOf(query: string, name: string): string[] {
  const plain = (text: string) => text.trim().toLowerCase().replace(/\[.*/s, '')
  const isMeant = ([own]: [string, string]) => plain(own) === plain(name)
  const found = [...new URLSearchParams(query)].filter(isMeant)
  const hidden = [...new URLSearchParams(query.replaceAll(';', '&'))]
    .filter(isMeant)
    .slice(found.length)
  return [...found.map(([own, value]) => (own === name ? value : '')), ...hidden.map(() => '')]
}

const within = (asked: number, max: number) => (asked >= 1 && asked <= max ? asked : max)

/** Whether a body, read as JSON, names a member twice: which of the two counts is each reader's own choice (RFC 8259 section 4). */
function hasTwins(body: Uint8Array, read: unknown): boolean {
  const text = new TextDecoder().decode(body)
  // In JSON a string with a colon behind it is a name.
  const strings = text.match(/"[^"\\]*(?:\\.[^"\\]*)*"\s*:?/g) ?? []
  const named = strings.filter((string) => string.endsWith(':')).length
  let kept = 0
  const waiting = [read]
  for (const value of waiting) {
    if (typeof value !== 'object' || value === null) continue
    const members: unknown[] = Object.values(value)
    if (!Array.isArray(value)) kept += members.length
    for (const member of members) waiting.push(member)
  }
  return named > kept
}

/** A body as JSON (RFC 8259: UTF-8), or undefined. */
function parseJsonBody(body: Uint8Array | null): unknown {
  if (body === null) return undefined
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true, ignoreBOM: false }).decode(body))
  } catch {
    return undefined
  }
}
