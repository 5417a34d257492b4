/** Of many alike, one in a while that stands for all. */

/**
 * A function that tells, for one more of a kind, how many it stands for: itself and those that were left out
 * before it. Null: it is left out itself. Kinds must be few; they are never forgotten.
 */
export function createSampler(everyMs: number) {
  const kinds = new Map<string, { nextAt: number; leftOut: number }>()

  return function standsFor(kind: string, now: number): number | null {
    const known = kinds.get(kind)
    if (known !== undefined && now < known.nextAt) {
      known.leftOut++
      return null
    }
    kinds.set(kind, { nextAt: now + everyMs, leftOut: 0 })
    return 1 + (known?.leftOut ?? 0)
  }
}
