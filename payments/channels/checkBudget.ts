/**
 * Limits how many proofs of payers (signatures, transactions) a channel's object checks, by token
 * buckets: a check costs more than all the rest of a call. Only the payer can send a good proof.
 * A bad proof can come from anybody, so it is counted by where it comes from: no stranger uses up
 * the payer's checks.
 */

/**
 * How many checks a second are added to each bucket; the protocol suggests ten
 * (draft-tempo-session-00, 12.3).
 */
const PER_SECOND = 20
/** How many checks a bucket holds at most. */
const CHECKS_AT_ONCE = 100
/** How many sources of bad proofs are remembered. */
const MAX_SOURCES = 10_000

/** The checks that were left at a time, in epoch milliseconds. */
interface Bucket {
  left: number
  at: number
}

export type CheckBudget = ReturnType<typeof createCheckBudget>

export function createCheckBudget() {
  let good: Bucket = { left: CHECKS_AT_ONCE, at: 0 }
  /** By source; the source that was counted last is the last. */
  const bad = new Map<string, Bucket>()

  const badOf = (source: string, now: number) =>
    refilled(bad.get(source) ?? { left: CHECKS_AT_ONCE, at: now }, now)

  return {
    /** Whether one more proof from a source may be checked. `now` is in epoch milliseconds. */
    mayCheck(now: number, source: string): boolean {
      good = refilled(good, now)
      return good.left >= 1 && badOf(source, now).left >= 1
    },

    /** Counts a check by its result. */
    checked(what: 'good' | 'bad', now: number, source: string): void {
      if (what === 'good') {
        good = { ...good, left: good.left - 1 }
        return
      }
      const { left, at } = badOf(source, now)
      bad.delete(source)
      bad.set(source, { left: left - 1, at })
      const [oldest] = bad.keys()
      if (bad.size > MAX_SOURCES && oldest !== undefined) bad.delete(oldest)
    },
  }
}

function refilled({ left, at }: Bucket, now: number): Bucket {
  const more = (Math.max(0, now - at) / 1000) * PER_SECOND
  return { left: Math.min(CHECKS_AT_ONCE, left + more), at: now }
}
