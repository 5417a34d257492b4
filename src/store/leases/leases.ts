/**
 * Leases: an isolate's memory of verdicts on credentials. A verdict may be trusted until its lease
 * ends, counted from the start of the read that gave it.
 */
import { type BoundedMap, createBoundedMap } from '../../lib/boundedMap.ts'
import { estimatedBytes } from '../../lib/estimatedBytes.ts'

/** The store's answer about a credential. */
export interface Verdict<V> {
  /** The owner or record behind the credential. Null: it is unknown, revoked or expired. */
  value: V | null
  /** When the read began, in epoch milliseconds. The lease counts from here. */
  from: number
}

/** How long verdicts may be trusted. */
export interface LeaseTimes {
  /** The lease of a verdict with a value, in milliseconds; 0: the store is asked each time. */
  leaseMs: number
  /** The lease of a verdict whose value is null, in milliseconds. */
  unknownMs: number
  /** The most bytes of all verdicts, as estimated; `MAX_BYTES` if it is left out. */
  maxBytes?: number
}

/** The most bytes of the verdicts in one memory: about 10,000 short ones. */
const MAX_BYTES = 4_194_304

/** The most bytes of the events that one memory notes: about 3,000 of each sort. */
const MAX_EVENTS_BYTES = 524_288
/** The bytes of a number in a map, as estimated. */
const TIME_BYTES = 16

/** No read takes longer than this, in milliseconds. */
const MAX_READ_MS = 60_000

/** A verdict is due for a refresh when this part of its lease has passed. */
const REFRESH_PART = 0.6

/** After a refresh that was due, the next one is due when this part of a lease has passed. */
const RETRY_PART = 0.1

/** The memory. `key` is a credential's hash; `now` is in epoch milliseconds. */
export interface Leases<V> {
  /**
   * Returns the verdict on a credential, or undefined if none is leased at `now`. A verdict with a
   * value is leased `stretchMs` longer, 0 if it is left out.
   */
  peek(key: string, now: number, stretchMs?: number): Verdict<V> | undefined
  /**
   * Returns the event that this isolate has heard of since the read of a verdict began: the end of
   * the credential, a change of its account, or none (null). It remembers events for a minute. If
   * they are too many, the oldest ones count as changes of every account.
   */
  heardSince(key: string, verdict: Verdict<V>): 'end' | 'change' | null
  /**
   * Whether a verdict with a value should be refreshed before its lease ends. True for one request
   * at a time, so that one read serves all of them.
   */
  isDue(key: string, now: number): boolean
  /**
   * Records a verdict, and returns the verdict that holds: an eviction or a newer read wins over a
   * read that began before it. Null: the owner has changed since the read began, so the verdict is
   * not kept, and the store must be read again.
   */
  record(key: string, verdict: Verdict<V>): Verdict<V> | null
  /** Refuses a credential in this isolate from `now` on, because it was revoked. */
  evict(key: string, now: number): void
  /** Forgets the verdict on a credential, because only a read can tell whether it changed. */
  forget(key: string): void
  /**
   * Forgets all verdicts on the credentials of an account, because it has changed. Reads that began
   * up to `now` tell nothing about them.
   */
  forgetOwner(accountId: string, now: number): void
}

/** Creates an empty memory of verdicts. Values that have an account can be forgotten by it. */
export function createLeases<V>({
  leaseMs,
  unknownMs,
  maxBytes = MAX_BYTES,
}: LeaseTimes): Leases<V> {
  const verdicts = createBoundedMap<Verdict<V> & { refreshAt: number }>(maxBytes, estimatedBytes)
  /** When each key was evicted. Kept apart, so that verdicts on other keys cannot push it out. */
  const evictions = createBoundedMap<number>(MAX_EVENTS_BYTES, TIME_BYTES, forgetEvent)
  /** When each account changed. */
  const ownerChanges = createBoundedMap<number>(MAX_EVENTS_BYTES, TIME_BYTES, forgetEvent)
  /** The time of the newest event that had to make room. It may have been any key's. */
  let forgottenAt = Number.NEGATIVE_INFINITY

  function forgetEvent(_key: string, at: number): void {
    forgottenAt = Math.max(forgottenAt, at)
  }

  function write(key: string, verdict: Verdict<V>): void {
    verdicts.set(key, { ...verdict, refreshAt: verdict.from + leaseMs * REFRESH_PART })
  }

  function heardSince(key: string, { value, from }: Verdict<V>): 'end' | 'change' | null {
    const evictedAt = evictions.get(key)
    if (evictedAt !== undefined && from <= evictedAt) return 'end'
    if (from <= forgottenAt && value !== null) return 'change'
    const owner = ownerOf(value)
    return owner !== null && from <= (ownerChanges.get(owner) ?? 0) ? 'change' : null
  }

  return {
    heardSince,
    peek(key, now, stretchMs = 0) {
      const verdict = verdicts.get(key)
      if (verdict === undefined) return undefined
      const endsAt = verdict.from + (verdict.value === null ? unknownMs : leaseMs + stretchMs)
      return now < endsAt ? verdict : undefined
    },
    isDue(key, now) {
      const verdict = verdicts.get(key)
      if (verdict === undefined || verdict.value === null || now < verdict.refreshAt) return false
      // If this refresh fails, the next one is tried soon. The end of the lease does not move.
      verdict.refreshAt = now + leaseMs * RETRY_PART
      return true
    },
    record(key, verdict) {
      const heard = heardSince(key, verdict)
      if (heard === 'end') return { value: null, from: evictions.get(key) ?? verdict.from }
      if (heard === 'change') return null
      const known = verdicts.get(key)
      // On a tie the refusal wins, because the clock may stand still between two events.
      const isOutdated =
        known &&
        (known.from > verdict.from || (known.from === verdict.from && known.value === null))
      if (isOutdated) return known
      write(key, verdict)
      return verdict
    },
    evict(key, now) {
      remember(evictions, key, now)
      write(key, { value: null, from: now })
    },
    forget: (key) => void verdicts.delete(key),
    forgetOwner(accountId, now) {
      remember(ownerChanges, accountId, now)
      for (const [key, { value }] of verdicts.entries())
        if (ownerOf(value) === accountId) verdicts.delete(key)
    },
  }
}

/** Notes the time of an event, and drops the times of events that no read can have begun before. */
function remember(times: BoundedMap<number>, key: string, now: number): void {
  for (const [old, at] of times.entries()) {
    if (now < at + MAX_READ_MS) break
    times.delete(old)
  }
  times.set(key, now)
}

/** The account of a value, or null. */
export function ownerOf(value: unknown): string | null {
  if (typeof value !== 'object' || value === null || !('accountId' in value)) return null
  return typeof value.accountId === 'string' ? value.accountId : null
}
