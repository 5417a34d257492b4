/**
 * Watches credentials for bodies and sockets that are open longer than a lease. All that are open
 * with one credential read one verdict from the isolate's memory. It stays valid for as long as the
 * isolate knows all changes of the account, which the account's object tells it. If the object is
 * late, whichever of them finds the verdict old asks the store for all of them. The request that
 * asks may end before the answer, so another then asks.
 * See docs/decisions/0037 and 0050.
 */
import type { Watch } from '../../http/bodies/watch.ts'
import type { Env } from '../env.ts'
import type { ChangeFeed, Listener } from './changes.ts'
import type { VerdictTimes } from './leasedReader.ts'
import { type Leases, ownerOf, type Verdict } from './leases.ts'

/** A verdict is accepted without a new question for this part of its lease. */
const FRESH_PART = 0.4

/** A question without an answer is asked again after this part of a lease. */
const LATE_PART = 0.2

/** The longest time between two checks of an open body, in milliseconds. */
const MAX_CHECK_MS = 1_000

/** The shortest lease of what is open, in milliseconds: it cannot ask each time. */
const MIN_LEASE_MS = 1_000

/**
 * How often the store is asked although the object tells of all changes, in milliseconds: it hears
 * of no change that was made by SQL. In an hour these are 30 questions, and the platform allows an
 * invocation 50 of them on its free plan.
 */
const RECHECK_MS = 120_000

/** A credential that is watched, and what is known about it. */
interface Watched<V> {
  /** The value is undefined until the first answer. */
  verdict: { value: V | null | undefined; from: number }
  /** Until then the verdict is known to be right, in epoch milliseconds. Its lease begins here. */
  rightUntil: number
  /** When the store was last asked, in epoch milliseconds. */
  askedAt: number
  /** How many bodies and sockets are open with the credential. */
  open: number
}

/**
 * Creates the watches of one kind of credential. `ask` asks the store about a hash and records the
 * verdict.
 */
export function createWatches<V>(
  leases: Leases<V>,
  times: VerdictTimes,
  ask: (env: Env, hash: string) => Promise<Verdict<V>>,
  feed: Pick<ChangeFeed, 'knownUntil' | 'listen'>,
) {
  const all = new Map<string, Watched<V>>()
  const leaseMs = Math.max(times.leaseMs, MIN_LEASE_MS)
  const everyMs = Math.min(leaseMs / 5, MAX_CHECK_MS)
  const lateMs = leaseMs * LATE_PART

  function enter(hash: string, now: number): Watched<V> {
    const known = all.get(hash)
    if (known !== undefined) {
      known.open += 1
      return known
    }
    const verdict = leases.peek(hash, now) ?? { value: undefined, from: now - leaseMs * FRESH_PART }
    const one = { verdict, rightUntil: verdict.from, askedAt: 0, open: 1 }
    all.set(hash, one)
    return one
  }

  function learn(one: Watched<V>, verdict: Verdict<V>): void {
    if (verdict.from < one.verdict.from) return
    one.verdict = verdict
    one.rightUntil = Math.max(one.rightUntil, verdict.from)
  }

  /**
   * Takes over what the isolate has learnt since the last check. Returns whether only the store can
   * tell what the verdict is: then it holds until its lease ends, whatever the object says.
   */
  function update(one: Watched<V>, hash: string, now: number): boolean {
    const leased = leases.peek(hash, now)
    if (leased !== undefined) learn(one, leased)
    const { value, from } = one.verdict
    if (value === undefined || value === null) return false
    const heard = leases.heardSince(hash, { value, from })
    if (heard === 'end') one.verdict = { value: null, from: now }
    if (heard !== null) return heard === 'change'
    const accountId = ownerOf(value)
    if (accountId !== null) one.rightUntil = Math.max(one.rightUntil, feed.knownUntil(accountId))
    return false
  }

  /** Asks the store. A failure leaves the verdict as it is, until its lease ends. */
  function refresh(one: Watched<V>, env: Env, hash: string, now: number): void {
    one.askedAt = now
    ask(env, hash).then(
      (verdict) => learn(one, verdict),
      () => undefined,
    )
  }

  /**
   * Starts a watch of the credential with this hash, for one body or socket. `hasEnded` says
   * whether a value has expired.
   */
  return function watch(env: Env, hash: string, hasEnded: (value: V) => boolean): Watch {
    const one = enter(hash, Date.now())
    let listener: Listener | null = null
    let isOpen = true

    /** Whether the verdict will soon be known to be right although the store is not asked. */
    function isTold(now: number): boolean {
      if (now < one.rightUntil + leaseMs * FRESH_PART) return true
      const accountId = ownerOf(one.verdict.value)
      if (accountId === null) return false
      listener ??= feed.listen(env, accountId, lateMs)
      return listener.keep(now)
    }

    /** Asks the object or the store where the verdict is old. */
    function keepFresh(needsStore: boolean, now: number): void {
      const { verdict, askedAt } = one
      const isDue =
        isTold(now) && !needsStore
          ? now >= Math.max(verdict.from, askedAt) + RECHECK_MS
          : now >= askedAt + lateMs
      if (isDue) refresh(one, env, hash, now)
    }

    return {
      everyMs,
      check() {
        const now = Date.now()
        const needsStore = update(one, hash, now)
        const { value } = one.verdict
        if (value === null || (value !== undefined && hasEnded(value))) return 'revoked'
        keepFresh(needsStore, now)
        // It ends now if its lease has ended before the next check.
        return now + everyMs > one.rightUntil + leaseMs + times.stretchMs ? 'unverified' : null
      },
      stop() {
        if (!isOpen) return
        isOpen = false
        listener?.stop()
        one.open -= 1
        if (one.open === 0) all.delete(hash)
      },
    }
  }
}
