/** Verdicts that may be trusted for a while: the isolate's memory of who a credential belongs to. */

export interface Verdict<V> {
  /** The row behind the credential, or null: there is none (unknown, revoked, expired). */
  value: V | null
  /** When the read that told us began, in epoch milliseconds. A lease counts from here. */
  from: number
}

export interface LeaseTimes {
  /** How long a positive verdict holds, in milliseconds. */
  leaseMs: number
  /** How long a negative verdict holds, in milliseconds. */
  unknownMs: number
}

/** The most verdicts one isolate remembers (about 200 bytes each). */
const MAX_VERDICTS = 20_000

/** No read that began longer ago than this is still under way, in milliseconds. */
const MAX_READ_MS = 60_000

export interface Leases<V> {
  /** The verdict on a credential if one is still leased at `now`. No I/O. */
  peek(key: string, now: number): Verdict<V> | undefined
  /** Whether a leased positive verdict should be read anew ahead of its end; true for one asker at a time. */
  isDue(key: string, now: number): boolean
  /** Records a verdict and returns the one that holds: a read older than a revocation loses to it. */
  record(key: string, verdict: Verdict<V>): Verdict<V>
  /** Ends a credential in this isolate, from `now` on. */
  evict(key: string, now: number): void
}

/** An empty memory of verdicts, keyed by the credential's hash. */
export function createLeases<V>({ leaseMs, unknownMs }: LeaseTimes): Leases<V> {
  const verdicts = new Map<string, Verdict<V> & { refreshAt: number }>()
  /** Evictions of late, kept apart so that no crowd of other keys can push them out. */
  const evictions = new Map<string, number>()

  function write(key: string, verdict: Verdict<V>): void {
    verdicts.delete(key) // re-insertion keeps the map in order of age
    verdicts.set(key, { ...verdict, refreshAt: verdict.from + leaseMs * 0.6 })
    if (verdicts.size <= MAX_VERDICTS) return
    const oldest = verdicts.keys().next()
    if (!oldest.done) verdicts.delete(oldest.value)
  }

  return {
    peek(key, now) {
      const verdict = verdicts.get(key)
      if (verdict === undefined) return undefined
      const endsAt = verdict.from + (verdict.value === null ? unknownMs : leaseMs)
      return now < endsAt ? verdict : undefined
    },
    isDue(key, now) {
      const verdict = verdicts.get(key)
      if (verdict === undefined || verdict.value === null || now < verdict.refreshAt) return false
      // Should this refresh fail, the next one is tried soon; the lease's end stays where it is.
      verdict.refreshAt = now + leaseMs * 0.1
      return true
    },
    record(key, verdict) {
      const evictedAt = evictions.get(key)
      if (evictedAt !== undefined && verdict.from <= evictedAt)
        return { value: null, from: evictedAt }
      const known = verdicts.get(key)
      // On a tie the refusal holds: the clock may stand still between two events.
      const loses =
        known &&
        (known.from > verdict.from || (known.from === verdict.from && known.value === null))
      if (known && loses) return known
      write(key, verdict)
      return verdict
    },
    evict(key, now) {
      for (const [old, at] of evictions) {
        if (now < at + MAX_READ_MS) break
        evictions.delete(old)
      }
      evictions.delete(key)
      evictions.set(key, now)
      write(key, { value: null, from: now })
    },
  }
}
