/** Reading through leases: no I/O while a verdict holds, one read when it does not. */

import type { Env, WaitUntil } from './env.ts'
import type { Leases } from './leases.ts'

/** A verdict younger than this part of its lease is good enough for an open stream. */
const FRESH_PART = 0.4

/** The two ways to ask about a hash. `read` is the I/O behind them. */
export function createLeasedReader<V>(
  leases: Leases<V>,
  leaseMs: number,
  read: (env: Env, hash: string) => Promise<V | null>,
) {
  async function readAnew(env: Env, hash: string): Promise<V | null> {
    const from = Date.now()
    return leases.record(hash, { value: await read(env, hash), from }).value
  }

  return {
    /**
     * The value behind a hash, or null. A verdict near its end is read anew after the answer, so that a
     * busy credential never waits; should that fail, the verdict ends when its lease does.
     */
    find(env: Env, hash: string, waitUntil: WaitUntil): V | null | Promise<V | null> {
      const now = Date.now()
      const verdict = leases.peek(hash, now)
      if (verdict === undefined) return readAnew(env, hash)
      if (leases.isDue(hash, now)) waitUntil(readAnew(env, hash).catch(() => null))
      return verdict.value
    },

    /**
     * Whether a hash still has a value, for an open stream: asked early enough that a revocation is
     * seen within one lease. While the store is silent, what is leased still holds.
     */
    async stillValid(env: Env, hash: string): Promise<boolean> {
      const now = Date.now()
      const verdict = leases.peek(hash, now)
      if (verdict && now < verdict.from + leaseMs * FRESH_PART) return verdict.value !== null
      const answered = readAnew(env, hash).then(
        (value) => value !== null,
        () => leases.peek(hash, Date.now())?.value != null,
      )
      // A store that says nothing cannot hold a stream beyond its lease.
      const leftMs = verdict === undefined ? leaseMs : verdict.from + leaseMs - now
      return Promise.race([answered, scheduler.wait(leftMs).then(() => false)])
    },
  }
}
