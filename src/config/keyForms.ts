/** Checks what the config says about API keys: the headers they come in, and imported forms. */
import { isForwardedEverywhere, mayForward } from '../http/headers.ts'

/** The settings of API keys. */
export interface ApiKeys {
  prefix: string
  limit: number
  acceptUntagged: boolean
  /** The request headers that keys come in, in lower case: `x-api-key`, then its aliases. */
  headers: readonly string[]
  /** The forms of imported keys; `pattern` is the source of a RegExp for what follows `prefix`. */
  imported: readonly { prefix: string; pattern: string }[]
}

/** Headers with a meaning of their own that no list of the gateway has. */
const STANDARD =
  /^(?:accept-.*|access-control-.*|content-.*|mcp-.*|origin|referer|sec-.*|x-real-ip)$/

/** Whether API keys may come in this header, in lower case, beside `x-api-key`. */
export function isKeyHeader(name: string): boolean {
  const isFree = mayForward(name) && !isForwardedEverywhere(name) && !STANDARD.test(name)
  return name.length <= 64 && isFree && !name.endsWith('*')
}

/** The complaints about aliases of `x-api-key`: one is named twice, or an origin would get it. */
export function keyHeaderComplaints(
  headers: readonly string[],
  origins: Readonly<Record<string, { requestHeaders: readonly string[] }>>,
): string[] {
  const twice = headers.filter((name, i) => headers.indexOf(name) < i)
  return [
    ...twice.map((name) => `apiKeys.headers: "${name}" is named twice`),
    ...Object.entries(origins).flatMap(([origin, { requestHeaders }]) => {
      const passes = (name: string) =>
        requestHeaders.some((one) =>
          one.endsWith('*') ? name.startsWith(one.slice(0, -1)) : one === name,
        )
      return headers
        .filter(passes)
        .map((name) => `origin ${origin}: requestHeaders: "${name}" carries keys (apiKeys.headers)`)
    }),
  ]
}

/**
 * Whether keys may be imported with this prefix. One of hexadecimal digits alone could begin a
 * token, which would then be read as a key.
 */
export function isKeyPrefix(prefix: string): boolean {
  return /^[A-Za-z0-9_-]{2,32}$/.test(prefix) && !/^[0-9a-f]+$/i.test(prefix)
}

/** A piece of a pattern: a character or a class, and how many times it comes. */
const SET = /[A-Za-z0-9_-]|\[(?:[a-z]-[a-z]|[A-Z]-[A-Z]|[0-9]-[0-9]|[A-Za-z0-9_])+-?\]/
const PIECE = new RegExp(`(${SET.source})(?:\\{(\\d{1,3})(?:,(\\d{1,3}))?\\})?`, 'y')

/**
 * Whether a text is a pattern for imported keys: a RegExp that matches in linear time, because only
 * its last piece can match a varying number of characters, and nothing shorter than 16 characters
 * or longer than 256.
 */
export function isKeyPattern(pattern: string): boolean {
  if (pattern.length > 200) return false
  let [shortest, longest] = [0, 0]
  PIECE.lastIndex = 0
  for (let at = 0; at < pattern.length; at = PIECE.lastIndex) {
    const piece = PIECE.exec(pattern)
    if (piece === null || shortest !== longest) return false
    const [, set = '', least = '1', most = least] = piece
    if (Number(least) < 1 || Number(most) < Number(least) || !isInOrder(set)) return false
    shortest += Number(least)
    longest += Number(most)
  }
  return shortest >= 16 && longest <= 256
}

/** Whether the ranges of a class go upwards: a RegExp with "z-a" cannot be made. */
function isInOrder(set: string): boolean {
  return [...set.matchAll(/(.)-(?=([^\]]))/g)].every(([, from = '', to = '']) => from <= to)
}
