/** The memory in which one isolate may hold request bodies at a time. */

/** The most that all held bodies of an isolate have together, in bytes. */
const MAX_HELD_BYTES = 25_165_824

export type Hold = ReturnType<typeof createHold>

/** Creates an empty hold. */
export function createHold(maxBytes = MAX_HELD_BYTES) {
  let held = 0
  return {
    /** Takes room for bytes. Returns false, and takes none, if there is too little. */
    take(bytes: number): boolean {
      if (held + bytes > maxBytes) return false
      held += bytes
      return true
    },
    /** Gives room back. */
    give(bytes: number): void {
      held -= bytes
    },
  }
}
