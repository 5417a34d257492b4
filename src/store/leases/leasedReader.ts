/** Reads credentials through leases: no I/O while a verdict is leased, one read when none is. */
import { Problem } from '../../http/problem.ts'
import type { Env, WaitUntil } from '../env.ts'
import type { Leases, Verdict } from './leases.ts'
import { createSharedReads } from './sharedReads.ts'

/** How often a credential is read whose account keeps changing. */
const MAX_READS = 3

/** How long verdicts hold, in milliseconds. */
export interface VerdictTimes {
  /** The lease of a verdict with a value; 0: the store is asked each time. */
  leaseMs: number
  /** How much longer it is trusted while the store does not answer. */
  stretchMs: number
}

/** Creates the two ways to ask about a credential's hash. `read` asks the store. */
export function createLeasedReader<V>(
  leases: Leases<V>,
  times: VerdictTimes,
  read: (env: Env, hash: string) => Promise<V | null>,
) {
  const { leaseMs, stretchMs } = times
  /** Whether the store did not answer when it was asked last. */
  let isFailing = false

  /** Asks the store, and records its verdict with the time at which the read began. */
  async function readAndRecord(env: Env, hash: string): Promise<Verdict<V>> {
    for (let reads = 1; ; reads++) {
      const from = Date.now()
      const value = await attemptRead(env, hash)
      const recorded = leases.record(hash, { value, from })
      if (recorded !== null) return recorded
      // The account has changed meanwhile, and the row may be older than that. One that changes all
      // the time gets an answer that is not kept.
      if (reads === MAX_READS) return { value, from }
    }
  }

  async function attemptRead(env: Env, hash: string): Promise<V | null> {
    try {
      const value = await read(env, hash)
      isFailing = false
      return value
    } catch (error) {
      isFailing = isStoreFailure(error)
      throw error
    }
  }

  const shared = createSharedReads<V | null>()

  /** Starts a read in `waitUntil`, for one request at a time. If it fails, another one tries. */
  function refreshIfDue(env: Env, hash: string, now: number, waitUntil: WaitUntil): void {
    if (leases.isDue(hash, now)) waitUntil(readAndRecord(env, hash).catch(() => null))
  }

  /** Asks the store, or falls back on a verdict whose lease is stretched. */
  async function readStretched(hash: string, read: () => Promise<V | null>): Promise<V | null> {
    try {
      return await read()
    } catch (error) {
      const stretched = leases.peek(hash, Date.now(), stretchMs)
      if (stretched === undefined || !isStoreFailure(error)) throw error
      return stretched.value
    }
  }

  return {
    /**
     * Returns the value behind a hash, or null. Requests that need the same read share it, unless
     * each has to ask; `beforeRead` is called by the request that starts it, and may throw. A
     * verdict near the end of its lease is refreshed in `waitUntil`, so that a request with a
     * credential in use does not wait for a read. If the refresh fails, the verdict ends with its
     * lease, or after its stretch. Throws what `read` throws.
     */
    find(
      env: Env,
      hash: string,
      waitUntil: WaitUntil,
      beforeRead: () => void = () => undefined,
    ): V | null | Promise<V | null> {
      const now = Date.now()
      const verdict = leases.peek(hash, now, isFailing ? stretchMs : 0)
      if (verdict !== undefined) {
        refreshIfDue(env, hash, now, waitUntil)
        return verdict.value
      }
      const read = async () => {
        beforeRead()
        return (await readAndRecord(env, hash)).value
      }
      // A read that another request began may be older than this request.
      const start = leaseMs === 0 ? read : () => shared(hash, read, waitUntil)
      return stretchMs === 0 ? start() : readStretched(hash, start)
    },

    /** Asks the store, and returns the verdict that holds. */
    read: readAndRecord,
  }
}

/** Whether a store failed or did not answer in time. */
const isStoreFailure = (error: unknown): boolean =>
  error instanceof Problem && error.code === 'service_unavailable'
