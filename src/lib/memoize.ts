/** Memoises a function of one object. */
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
