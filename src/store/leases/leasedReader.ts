/** Reads credentials through leases: no I/O while a verdict is leased, one read when none is. */
import type { Env, WaitUntil } from '../env.ts'
import type { Leases, Verdict } from './leases.ts'
import { createSharedReads } from './sharedReads.ts'
import { createWatches } from './watches.ts'

/** How often a credential is read whose account keeps changing. */
const MAX_READS = 3

/**
 * Creates the two ways to ask about a credential's hash. `read` asks the store; `leaseMs` is the
 * lease of a verdict with a value, in milliseconds.
 */
export function createLeasedReader<V>(
  leases: Leases<V>,
  leaseMs: number,
  read: (env: Env, hash: string) => Promise<V | null>,
) {
  /** Asks the store, and records its verdict with the time at which the read began. */
  async function readAndRecord(env: Env, hash: string): Promise<Verdict<V>> {
    for (let reads = 1; ; reads++) {
      const from = Date.now()
      const value = await read(env, hash)
      const recorded = leases.record(hash, { value, from })
      if (recorded !== null) return recorded
      // The account has changed meanwhile, and the row may be older than that. One that changes all
      // the time gets an answer that is not kept.
      if (reads === MAX_READS) return { value, from }
    }
  }

  const shared = createSharedReads<V | null>()

  return {
    /**
     * Returns the value behind a hash, or null. Requests that need the same read share it;
     * `beforeRead` is called by the request that starts it, and may throw. A verdict near the end
     * of its lease is refreshed in `waitUntil`, so that a request with a credential in use does not
     * wait for a read. If the refresh fails, the verdict ends with its lease. Throws what `read`
     * throws.
     */
    find(
      env: Env,
      hash: string,
      waitUntil: WaitUntil,
      beforeRead: () => void = () => undefined,
    ): V | null | Promise<V | null> {
      const now = Date.now()
      const verdict = leases.peek(hash, now)
      if (verdict === undefined) {
        const read = async () => {
          beforeRead()
          return (await readAndRecord(env, hash)).value
        }
        return shared(hash, read, waitUntil)
      }
      if (leases.isDue(hash, now)) waitUntil(readAndRecord(env, hash).catch(() => null))
      return verdict.value
    },

    /** Starts a watch of a hash, for a body or socket that is open longer than a lease. */
    watch: createWatches(leases, leaseMs, readAndRecord),
  }
}
