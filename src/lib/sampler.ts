/** Log sampling: one event for each kind and interval, with the number of events it stands for. */

/**
 * A sampler that lets one event of each kind through in `everyMs`. Called with an event's kind and
 * the time (epoch milliseconds), it returns how many events this one stands for: itself and those
 * left out since the last one. Null means: leave this event out. Use few kinds, because none is
 * ever forgotten.
 */
export function createSampler(everyMs: number) {
  const kinds = new Map<string, { nextAt: number; leftOut: number }>()

  return function sample(kind: string, now: number): number | null {
    const known = kinds.get(kind)
    if (known !== undefined && now < known.nextAt) {
      known.leftOut++
      return null
    }
    kinds.set(kind, { nextAt: now + everyMs, leftOut: 0 })
    return 1 + (known?.leftOut ?? 0)
  }
}
