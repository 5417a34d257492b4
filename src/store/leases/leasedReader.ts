/**
 * Reads credentials through leases: no I/O while a verdict is leased, one read when none is.
 * See docs/decisions/0004.
 */
import type { Env, WaitUntil } from '../env.ts'
import type { Leases } from './leases.ts'
import { createSharedReads } from './sharedReads.ts'

/** An open stream accepts a verdict without a new read for this part of the verdict's lease. */
const FRESH_PART = 0.4

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
  async function readAndRecord(env: Env, hash: string): Promise<V | null> {
    const from = Date.now()
    return leases.record(hash, { value: await read(env, hash), from }).value
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
          return readAndRecord(env, hash)
        }
        return shared(hash, read, waitUntil)
      }
      if (leases.isDue(hash, now)) waitUntil(readAndRecord(env, hash).catch(() => null))
      return verdict.value
    },

    /**
     * Whether a hash still has a value, for an open stream. The store is asked early enough that a
     * revocation is seen within one lease. If the store does not answer, a leased verdict holds
     * until its lease ends.
     */
    async stillValid(env: Env, hash: string): Promise<boolean> {
      const now = Date.now()
      const verdict = leases.peek(hash, now)
      if (verdict && now < verdict.from + leaseMs * FRESH_PART) return verdict.value !== null
      const answered = readAndRecord(env, hash).then(
        (value) => value !== null,
        () => leases.peek(hash, Date.now())?.value != null,
      )
      // A store that does not answer must not keep the stream open beyond the lease.
      const leftMs = verdict === undefined ? leaseMs : verdict.from + leaseMs - now
      return Promise.race([answered, scheduler.wait(leftMs).then(() => false)])
    },
  }
}
