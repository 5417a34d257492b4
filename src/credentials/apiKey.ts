/**
 * API keys: minted secrets (`minted.ts`) with a prefix that secret scanners can recognise, and
 * imported keys of the forms that the config lists. A key is shown to its account once, and only
 * its SHA-256 is stored.
 */

import type { ApiKeys } from '../config/keyForms.ts'
import type { HeaderFields } from '../http/headerFields.ts'
import { memoize } from '../lib/memoize.ts'

/** The part of a key that listings show: its first 8 characters, the prefix included. */
export function shownPrefix(key: string): string {
  return key.slice(0, 8)
}

/** The ways to recognise keys by their form. Nothing here says whether a key is valid. */
export interface KeyForms {
  /** The request headers that keys come in, the first one first. In lower case. */
  headers: readonly string[]
  /** Whether a text begins as a key does, in any case, even behind quotes or what is invisible. */
  beginsAsKey: (text: string) => boolean
  /** Whether a text is exactly a key of an imported form. */
  isImported: (text: string) => boolean
  /** Whether a text is a whole key, perhaps in capitals, in quotes, or with `Bearer` before it. */
  holdsKey: (text: string) => boolean
  /** Finds the beginning of a key anywhere in a query, percent-encoded or not. */
  inQuery: RegExp
}

/** The longest text that `holdsKey` looks at: the longest key with what people put around it. */
const MAX_HELD = 320

/** Characters that people put around a key: quotes, brackets, blanks, a byte order mark. */
const AROUND = '[^A-Za-z0-9]{0,8}'

/** Returns the forms of a config's keys. */
export const keyFormsOf = memoize((apiKeys: ApiKeys): KeyForms => {
  const { prefix, headers, imported } = apiKeys
  // A prefix is of letters, digits, "_" and "-", and the config has checked each pattern, so that
  // neither needs an escape here.
  const prefixes = [prefix, ...imported.map((form) => form.prefix)]
  const begins = new RegExp(`^${AROUND}(?:${prefixes.join('|')})`, 'i')
  const own = new RegExp(
    `^${AROUND}(?:(?:bearer|token|apikey) +)?${AROUND}${prefix}[0-9a-f]{64}${AROUND}$`,
    'i',
  )
  const exact = imported.map((form) => new RegExp(`^${form.prefix}${form.pattern}$`))
  const isImported = (text: string) => exact.some((form) => form.test(text))
  return {
    headers,
    beginsAsKey: (text) => begins.test(text),
    isImported,
    holdsKey: (text) => text.length <= MAX_HELD && (own.test(text) || isImported(text)),
    inQuery: new RegExp(prefixes.map(encodable).join('|'), 'i'),
  }
})

/** The source of a RegExp for a text of which each character may be percent-encoded. */
function encodable(text: string): string {
  const hexOf = (char: string) => char.charCodeAt(0).toString(16).padStart(2, '0')
  const either = (char: string) =>
    `(?:${char}|%${hexOf(char.toLowerCase())}|%${hexOf(char.toUpperCase())})`
  return [...text].map(either).join('')
}

/** Parameters of a query that are named for a key, without case, "-" and "_". */
const KEY_PARAMETERS = new Set(['apikey', 'key', 'xapikey'])

const folded = (name: string) => name.toLowerCase().replace(/[-_]/g, '')

/**
 * Returns the name of the first parameter of a query ("?a=b") that holds an API key: a whole key
 * under any name, or what begins as a key under the name of one. The name is decoded. Null if there
 * is none. Names and values are decoded once; ";" separates as "&" does, because some origins read
 * it so.
 */
export function keyInQuery(query: string, forms: KeyForms): string | null {
  if (!forms.inQuery.test(query)) return null
  for (const pair of query.slice(1).split(/[&;]/)) {
    const at = pair.indexOf('=')
    const name = decoded(at < 0 ? pair : pair.slice(0, at))
    const value = at < 0 ? '' : decoded(pair.slice(at + 1))
    if (forms.holdsKey(value) || forms.holdsKey(name)) return name
    const isNamed = KEY_PARAMETERS.has(folded(name)) || forms.headers.includes(name.toLowerCase())
    if (isNamed && forms.beginsAsKey(value.trim())) return name
  }
  return null
}

/** A part of a query, decoded once: as UTF-8, or byte by byte if it is not UTF-8. */
function decoded(part: string): string {
  const text = part.replaceAll('+', ' ')
  if (!text.includes('%')) return text
  try {
    return decodeURIComponent(text)
  } catch {
    return text.replace(/%([0-9a-f]{2})/gi, (_, hex) =>
      String.fromCharCode(Number.parseInt(hex, 16)),
    )
  }
}

/**
 * Returns the name of a request header that holds a whole API key although keys are not read there,
 * or null. For calls without an account only, because it walks through all headers.
 */
export function keyInOtherHeader(
  headers: HeaderFields,
  { headers: read, holdsKey }: KeyForms,
): string | null {
  let found: string | null = null
  headers.forEach((value, name) => {
    if (value.length >= SHORTEST_KEY && holdsKey(value) && !read.includes(name)) found ??= name
  })
  return found
}

/** The config takes no shorter keys. In characters. */
export const SHORTEST_KEY = 16
