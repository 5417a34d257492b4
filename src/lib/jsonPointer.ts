/** JSON pointers (RFC 6901): one place in a JSON value, and how many things are there. */

/** The reference tokens, unescaped; none for the whole value. */
export type Pointer = readonly string[]

const MAX_POINTER_LENGTH = 200

/** "/data/tweets" → its tokens (RFC 6901 section 3), or null. */
export function parsePointer(text: string): Pointer | null {
  if (text === '') return []
  if (text.length > MAX_POINTER_LENGTH || !text.startsWith('/') || /~(?![01])/.test(text))
    return null
  const tokens = text.slice(1).split('/')
  // "~1" first, so that "~01" becomes "~1" and not "/" (section 4).
  return tokens.map((token) => token.replaceAll('~1', '/').replaceAll('~0', '~'))
}

/** What is at the place, or undefined. Only members of the value itself count, nothing inherited. */
export function atPointer(value: unknown, pointer: Pointer): unknown {
  let place = value
  for (const token of pointer) {
    if (typeof place !== 'object' || place === null) return undefined
    if (Array.isArray(place) && !/^(?:0|[1-9][0-9]*)$/.test(token)) return undefined
    if (!Object.hasOwn(place, token)) return undefined
    place = (place as Record<string, unknown>)[token]
  }
  return place
}

/** How many things a place holds: an array's length, or a whole number itself. Null for anything else. */
export function countAt(value: unknown, pointer: Pointer): number | null {
  const place = atPointer(value, pointer)
  if (Array.isArray(place)) return place.length
  return typeof place === 'number' && Number.isSafeInteger(place) && place >= 0 ? place : null
}
