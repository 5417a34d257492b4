/**
 * Counts the results that a call asks for. The origin may read a request otherwise than the gateway
 * does, so a call that can be read in two ways asks for the most that its route allows.
 */
import type { Most } from '../../config/routePrice.ts'
import { parseJsonBytes } from '../../lib/jsonBytes.ts'
import { atPointer, countAt, type Pointer } from '../../lib/jsonPointer.ts'
import type { Call } from '../../pipeline/call.ts'

/** The largest body that is read for the number of results, in bytes. */
const MAX_READ_BYTES = 65_536

/** The most brackets that are open at a time in a body that is read. */
const MAX_DEPTH = 64
/** The most commas in such a body, those in its texts included. */
const MAX_COMMAS = 2_048
/** The most names of one object, and the most parameters of a query, that are compared. */
const MAX_NAMES = 128
const JSON_TYPE = /^application\/json *(?:; *charset="?utf-8"? *)?$/i

/** A body that is not read, because it is large, or because an origin may not read it as JSON. */
export const UNREAD_BODY = Symbol('unread')
export type ReadableBody = Uint8Array | null | typeof UNREAD_BODY

/** Returns a call's body if it may be read as JSON; null if there is no body. */
export function readableBody(call: Call, body: Uint8Array | null): ReadableBody {
  if (body === null) return null
  const isPlain = (call.header('content-encoding') ?? 'identity').toLowerCase() === 'identity'
  const type = (call.header('content-type') ?? '').slice(0, 100)
  const isRead = isPlain && JSON_TYPE.test(type) && body.byteLength <= MAX_READ_BYTES
  return isRead && isSimple(body) ? body : UNREAD_BODY
}

/**
 * Whether a body opens at most `MAX_DEPTH` brackets at a time and has at most `MAX_COMMAS` commas.
 * Reading what is nested deeply, or has very many members, costs far more than this look at it.
 */
function isSimple(body: Uint8Array): boolean {
  let depth = 0
  let commas = 0
  for (const byte of body) {
    if (byte === 0x5b || byte === 0x7b) depth += 1
    else if (byte === 0x5d || byte === 0x7d) depth -= 1
    else if (byte === 0x2c) commas += 1
    if (depth > MAX_DEPTH || commas > MAX_COMMAS) return false
  }
  return true
}

/**
 * Returns the most results that a call asks for, from 1 to `most.max`. `query` is the URL's query
 * with its "?"; `body` is the whole request body. A call that says the number twice, or in a way
 * that only its origin may understand, asks for `most.max`.
 */
export function maxResultsOf(most: Most, query: string, body: ReadableBody): number {
  if ('query' in most) return askedInQuery(most, query, body)
  if ('body' in most) return askedInBody(most, query, body)
  return most.max
}

function askedInQuery(
  { query: name, default: byDefault, max }: Extract<Most, { query: string }>,
  query: string,
  body: ReadableBody,
): number {
  // Some origins take a parameter out of the body as well.
  if (body !== null && (body === UNREAD_BODY || hasAlike(parseJsonBytes(body), name))) return max
  const values = valuesOf(query, name)
  if (values.length === 0) return byDefault
  const [only = ''] = values.length === 1 ? values : []
  return within(/^[0-9]{1,9}$/.test(only) ? Number(only) : 0, max)
}

function askedInBody(
  { body: pointers, max }: Extract<Most, { body: readonly Pointer[] }>,
  query: string,
  body: ReadableBody,
): number {
  if (body === null || body === UNREAD_BODY) return max
  const parsed = parseJsonBytes(body)
  if (parsed === undefined || hasDuplicateNames(body, parsed)) return max
  let sum = 0
  for (const pointer of pointers) {
    const [first] = pointer
    // Some origins take a member of the body out of the query as well.
    if (first !== undefined && valuesOf(query, first).length > 0) return max
    const count = clearCountAt(parsed, pointer)
    if (count === null) return max
    sum += count
  }
  return within(sum, max)
}

/**
 * Returns the count at a place; 0 if there is nothing. Returns null if the place holds something
 * else than an array or a whole number, or if another name on the way is alike, or there are too
 * many names to compare.
 */
function clearCountAt(value: unknown, pointer: Pointer): number | null {
  let place = value
  for (const token of pointer) {
    const names = namesOf(place)
    if (names.length > MAX_NAMES) return null
    if (names.some((name) => name !== token && isAlike(name, token))) return null
    place = atPointer(place, [token])
  }
  return place === undefined || place === null ? 0 : countAt(place, [])
}

/** Whether a JSON value is not an object, has a member whose name is alike, or too many members. */
function hasAlike(value: unknown, name: string): boolean {
  const isObject = typeof value === 'object' && value !== null && !Array.isArray(value)
  const names = namesOf(value)
  return !isObject || names.length > MAX_NAMES || names.some((other) => isAlike(other, name))
}

const namesOf = (value: unknown): string[] =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? Object.keys(value) : []

/**
 * Returns a query's values for a name. A parameter that only some origins take for that name
 * ("Limit", "limit[]", "%256cimit", or one after a ";") has the value "". If there are too many
 * parameters to compare, one has it too.
 */
function valuesOf(query: string, name: string): string[] {
  if (query.split(/[&;]/, MAX_NAMES + 1).length > MAX_NAMES) return ['']
  const isSimilar = ([other]: [string, string]) => isAlike(other, name)
  const found = [...new URLSearchParams(query)].filter(isSimilar)
  const hidden = [...new URLSearchParams(query.replaceAll(';', '&'))]
    .filter(isSimilar)
    .slice(found.length)
  return [...found.map(([other, value]) => (other === name ? value : '')), ...hidden.map(() => '')]
}

/**
 * Whether an origin may take a name for `wanted`: without regard to case, width, marks and signs,
 * with an index behind it, or after decoding it once more.
 */
function isAlike(name: string, wanted: string): boolean {
  if (name === wanted) return true
  const bare = folded(wanted)
  if (bare === '') return false
  const hasIndex = /[[.]/.test(wanted)
  return readingsOf(name).some(
    (reading) => folded(hasIndex ? reading : reading.replace(/[[.].*/s, '')) === bare,
  )
}

/** Returns the letters and digits of a name in one case. */
const folded = (name: string) =>
  name
    .normalize('NFKD')
    .toUpperCase()
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]+/gu, '')

/** Returns a name as it is, and as it is after it was decoded once or twice more. */
function readingsOf(name: string): string[] {
  const readings = [name]
  for (let last = name; last.includes('%') && readings.length < 3; ) {
    last = last.replace(/%([0-9a-f]{2})/gi, (_, digits: string) =>
      String.fromCharCode(Number.parseInt(digits, 16)),
    )
    readings.push(last)
  }
  return readings
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
