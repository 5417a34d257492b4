/** JSON pointers (RFC 6901): finds a place in a JSON value and counts the items there. */

/** A pointer's reference tokens, unescaped. An empty array points to the whole value. */
export type Pointer = readonly string[]

const MAX_POINTER_LENGTH = 200

/** "/data/tweets" → its tokens. Null if the text is no pointer (RFC 6901 section 3) or too long. */
export function parsePointer(text: string): Pointer | null {
  if (text === '') return []
  if (text.length > MAX_POINTER_LENGTH || !text.startsWith('/') || /~(?![01])/.test(text))
    return null
  const tokens = text.slice(1).split('/')
  // "~1" is replaced first, so that "~01" becomes "~1" and not "/" (section 4).
  return tokens.map((token) => token.replaceAll('~1', '/').replaceAll('~0', '~'))
}

/** The value that a pointer names, or undefined. Inherited members do not count. */
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

/**
 * The count at a pointer: the length of an array, or the number itself if the place holds a whole
 * number of 0 or more. Null for anything else.
 */
export function countAt(value: unknown, pointer: Pointer): number | null {
  const place = atPointer(value, pointer)
  if (Array.isArray(place)) return place.length
  return typeof place === 'number' && Number.isSafeInteger(place) && place >= 0 ? place : null
}
