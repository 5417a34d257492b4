/** Counts the results that an answer holds. */

import { parseJsonBytes } from '../../lib/jsonBytes.ts'
import { countAt, type Pointer } from '../../lib/jsonPointer.ts'

/**
 * Returns the number of results in a JSON answer: the length of the array at `pointer`, or the
 * number there. Returns null if the body is not JSON, or has neither at that place.
 */
export function countResults(body: Uint8Array, pointer: Pointer): number | null {
  return countAt(parseJsonBytes(body), pointer)
}

/** Returns the number of results in the value of a header, or null if the value is no number. */
export function countInHeader(value: string | null): number | null {
  return value !== null && /^[0-9]{1,9}$/.test(value) ? Number(value) : null
}
