/** Memoises functions of one object, and of a text. */
import type { Eventually } from './when.ts'

/**
 * `make` with a memory: called once for each object, and the result lives as long as the object. An
 * error is thrown on and not remembered, so the next call tries again.
 */
export function memoize<K extends object, T>(make: (key: K) => T): (key: K) => T {
  const made = new WeakMap<K, { value: T }>()
  return function memoized(key) {
    const kept = made.get(key)
    if (kept !== undefined) return kept.value
    const value = make(key)
    made.set(key, { value })
    return value
  }
}

/**
 * Memoises an asynchronous function of one object: as soon as one call has been answered, the value
 * is there at once, without a promise. Earlier calls do not share a promise, because on this
 * platform a request must not wait for the work of another request. A failure is not remembered.
 */
export function memoizeAsync<K extends object, T>(
  make: (key: K) => Promise<T>,
): (key: K) => Eventually<T> {
  const made = new WeakMap<K, { value: T }>()
  return (key) => {
    const kept = made.get(key)
    if (kept !== undefined) return kept.value
    return make(key).then((value) => {
      made.set(key, { value })
      return value
    })
  }
}

/** The most texts that a memory of texts holds, and the longest of them in characters. */
const MAX_TEXTS = 200
const MAX_TEXT_LENGTH = 200

/**
 * Memoises a pure function of a text, or of null, that is asked about few texts most of the time,
 * as the values of a header are. The memory is small, and empties when it is full, because
 * strangers may send other texts.
 */
export function memoizeText<T extends string | null, R>(make: (text: T) => R): (text: T) => R {
  const made = new Map<T, { value: R }>()
  return (text) => {
    const kept = made.get(text)
    if (kept !== undefined) return kept.value
    const value = make(text)
    if (text === null || text.length <= MAX_TEXT_LENGTH) {
      if (made.size >= MAX_TEXTS) made.clear()
      made.set(text, { value })
    }
    return value
  }
}
