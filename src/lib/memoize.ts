/** Memoises a function of one object. */

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
