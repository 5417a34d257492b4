/** What is made once for each of some objects, and forgotten with it. */

/** `make`, but that it is called once for each object. What it throws is not kept. */
export function memoize<K extends object, T>(make: (key: K) => T): (key: K) => T {
  const made = new WeakMap<K, { value: T }>()
  return function known(key) {
    const kept = made.get(key)
    if (kept !== undefined) return kept.value
    const value = make(key)
    made.set(key, { value })
    return value
  }
}
