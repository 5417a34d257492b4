/** A map that is bounded by bytes, for what strangers can make grow. */

/** The bytes of an entry of V8's map beside its key and value, as estimated. */
const ENTRY_BYTES = 64

export type BoundedMap<V> = ReturnType<typeof createBoundedMap<V>>

/**
 * Creates an empty map that takes at most `maxBytes`, as estimated: above that, the entries that
 * were set first are dropped. `bytesOf` estimates a value, and must always say the same of it; a
 * number is the estimate of every value. Each character of a key is a byte. `onDrop` is told of
 * each entry that makes room.
 */
export function createBoundedMap<V>(
  maxBytes: number,
  bytesOf: number | ((value: V) => number),
  onDrop: (key: string, value: V) => void = () => undefined,
) {
  const entries = new Map<string, V>()
  let bytes = 0

  function sizeOf(key: string, value: V): number {
    return ENTRY_BYTES + key.length + (typeof bytesOf === 'number' ? bytesOf : bytesOf(value))
  }

  function remove(key: string): V | undefined {
    const value = entries.get(key)
    if (value === undefined || !entries.delete(key)) return undefined
    bytes -= sizeOf(key, value)
    return value
  }

  function makeRoom(): void {
    for (const key of entries.keys()) {
      if (bytes <= maxBytes) return
      const value = remove(key)
      if (value !== undefined) onDrop(key, value)
    }
  }

  return {
    get: (key: string): V | undefined => entries.get(key),

    /** Sets a value, which is the newest entry from then on. A value is never undefined. */
    set(key: string, value: V): void {
      remove(key)
      entries.set(key, value)
      bytes += sizeOf(key, value)
      if (bytes > maxBytes) makeRoom()
    },

    /** Removes an entry. Returns whether there was one. */
    delete: (key: string): boolean => remove(key) !== undefined,

    /** The entries, the oldest first. Entries may be removed meanwhile. */
    entries: () => entries.entries(),

    /** The bytes that all entries take, as estimated. */
    get bytes() {
      return bytes
    },

    get size() {
      return entries.size
    },
  }
}
