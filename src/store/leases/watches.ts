/**
 * Watches credentials for bodies and sockets that are open longer than a lease. All that are open
 * with one credential read one verdict from the isolate's memory; whichever finds it old asks the
 * store for all of them. Its request may end before the answer, so another then asks.
 * See docs/decisions/0037.
 */
import type { Watch } from '../../http/bodies/watch.ts'
import type { Env } from '../env.ts'
import type { Leases, Verdict } from './leases.ts'

/** A verdict is accepted without a new question for this part of its lease. */
const FRESH_PART = 0.4

/** A question without an answer is asked again after this part of a lease. */
const LATE_PART = 0.2

/** The longest time between two checks of an open body, in milliseconds. */
const MAX_CHECK_MS = 1_000

/** A credential that is watched, and what is known about it. */
interface Watched<V> {
  /** The value is undefined until the first answer. */
  verdict: { value: V | null | undefined; from: number }
  /** When the store was last asked, in epoch milliseconds. */
  askedAt: number
  /** How many bodies and sockets are open with the credential. */
  open: number
}

/**
 * Creates the watches of one kind of credential. `ask` asks the store about a hash and records the
 * verdict; `leaseMs` is how long a verdict holds.
 */
export function createWatches<V>(
  leases: Leases<V>,
  leaseMs: number,
  ask: (env: Env, hash: string) => Promise<Verdict<V>>,
) {
  const all = new Map<string, Watched<V>>()

  function enter(hash: string, now: number): Watched<V> {
    const known = all.get(hash)
    const unknown = { value: undefined, from: now - leaseMs * FRESH_PART }
    const one = known ?? { verdict: leases.peek(hash, now) ?? unknown, askedAt: 0, open: 0 }
    one.open += 1
    all.set(hash, one)
    return one
  }

  /** Asks the store. A failure leaves the verdict as it is, until its lease ends. */
  function refresh(one: Watched<V>, env: Env, hash: string, now: number): void {
    if (now - one.askedAt < leaseMs * LATE_PART) return
    one.askedAt = now
    ask(env, hash).then(
      (verdict) => {
        if (verdict.from >= one.verdict.from) one.verdict = verdict
      },
      () => undefined,
    )
  }

  /**
   * Starts a watch of the credential with this hash, for one body or socket. `hasEnded` says
   * whether a value has expired.
   */
  return function watch(env: Env, hash: string, hasEnded: (value: V) => boolean): Watch {
    const one = enter(hash, Date.now())
    let isOpen = true
    return {
      everyMs: Math.min(leaseMs / 5, MAX_CHECK_MS),
      check() {
        const now = Date.now()
        const leased = leases.peek(hash, now)
        if (leased !== undefined && leased.from >= one.verdict.from) one.verdict = leased
        const { value, from } = one.verdict
        if (value === null || (value !== undefined && hasEnded(value))) return 'revoked'
        if (now >= from + leaseMs * FRESH_PART) refresh(one, env, hash, now)
        return now < from + leaseMs ? null : 'unverified'
      },
      stop() {
        if (!isOpen) return
        isOpen = false
        one.open -= 1
        if (one.open === 0) all.delete(hash)
      },
    }
  }
}
