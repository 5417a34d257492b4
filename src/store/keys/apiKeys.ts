/**
 * API keys in D1, and the isolate's leased verdicts on them.
 * See docs/decisions/0026.
 */
import type { Change } from '../../contract/heartbeat.ts'
import { Problem } from '../../http/problem.ts'
import { logError } from '../../lib/log.ts'
import { type Eventually, when } from '../../lib/when.ts'
import type { Env, WaitUntil } from '../env.ts'
import { applyChanges, type ChangeFeed } from '../leases/changes.ts'
import { createLeasedReader, type VerdictTimes } from '../leases/leasedReader.ts'
import { createLeases } from '../leases/leases.ts'
import { createSecretHasher } from '../leases/secretHasher.ts'
import { createWatches } from '../leases/watches.ts'
import { MOST_LISTED } from '../listed.ts'
import type { CreatedKey, KeyListing, KeyOwner, NewKey } from './apiKeyStatements.ts'

// Drizzle and the statements are loaded with the first of them: a call with a leased verdict needs
// neither.
const statements = () => import('./apiKeyStatements.ts')

/** How long an isolate remembers that a key is unknown, in milliseconds. */
const UNKNOWN_KEY_MS = 2_000

/**
 * The waits between the tries to revoke a key that nobody has seen, in milliseconds. They and the
 * deadlines of the tries fit into the 30 s that the platform gives.
 */
const BURIAL_WAITS_MS = [0, 500, 2_000, 5_000]

/**
 * Creates the store of all accounts' keys. `limit` is how many active keys an account may have;
 * `prefix` is what keys begin with.
 */
export function createApiKeyStore(
  config: VerdictTimes & { limit: number; prefix: string },
  feed: ChangeFeed,
) {
  const { leaseMs } = config
  const leases = createLeases<KeyOwner>({ leaseMs, unknownMs: Math.min(leaseMs, UNKNOWN_KEY_MS) })

  const leasedReader = createLeasedReader(leases, config, async (env, hash) => {
    const { selectOwner } = await statements()
    return selectOwner(env, hash)
  })

  const isOver = ({ expiresAt }: KeyOwner) => expiresAt !== null && Date.now() >= expiresAt

  const watch = createWatches(leases, config, leasedReader.read, feed)

  /** Ends a key that was to be created, and that its account was never shown. Never rejects. */
  async function bury(env: Env, key: NewKey): Promise<void> {
    const { buryKey } = await statements()
    let failure: unknown
    for (const waitMs of BURIAL_WAITS_MS) {
      if (waitMs > 0) await scheduler.wait(waitMs)
      try {
        return await buryKey(env, key)
      } catch (error) {
        failure = error
      }
    }
    logError('unseen_key_not_revoked', failure)
  }

  /**
   * Null for an account that has as many active keys as it may have. Throws unauthenticated for one
   * that was disabled or deleted since its session was looked up.
   */
  async function refused(env: Env, { accountId }: NewKey): Promise<null> {
    const { isEnabled } = await statements()
    if (await isEnabled(env, accountId)) return null
    throw new Problem('unauthenticated')
  }

  return {
    /** The hash that a presented key is stored under, or null if the gateway did not mint it. */
    hashOf: createSecretHasher('api_key', config.prefix),

    /** Finds the owner of the key with this hash, or null. No I/O while a verdict is leased. */
    find(env: Env, hash: string, waitUntil: WaitUntil): Eventually<KeyOwner | null> {
      return when(leasedReader.find(env, hash, waitUntil), (owner) =>
        owner === null || isOver(owner) ? null : owner,
      )
    },

    /** Starts a watch of the key with this hash, for an answer that is open longer than a lease. */
    watch: (env: Env, hash: string) => watch(env, hash, isOver),

    /** Whether `find` would answer from memory, without I/O. */
    isLeased: (hash: string): boolean => leases.peek(hash, Date.now()) !== undefined,

    /**
     * Stores a key and returns its id. Returns null, and stores nothing, if the account already has
     * as many active keys as it may have. If D1 fails or is late, the key is revoked in
     * `waitUntil`, whether it was stored or not, because nobody will see it.
     */
    async create(env: Env, key: NewKey, waitUntil: WaitUntil): Promise<{ id: string } | null> {
      const { insertKey } = await statements()
      const id = await insertKey(env, key, config.limit).catch((error) => {
        waitUntil(bury(env, key))
        throw error
      })
      return id === null ? refused(env, key) : { id }
    },

    /**
     * Stores a key that can be made again, or finds the key that an earlier request has stored.
     * `hashes` are the hashes that such a request may have stored it under, that of `key` among
     * them. Returns null if there is no such key and the account has as many active keys as it may
     * have. If D1 fails or is late, the same call later finds or stores the key.
     */
    async createOnce(
      env: Env,
      key: NewKey,
      hashes: readonly string[],
    ): Promise<{ id: string } | { earlier: CreatedKey } | null> {
      const { insertKey, selectCreated } = await statements()
      const id = await insertKey(env, key, config.limit, hashes)
      if (id !== null) return { id }
      const earlier = await selectCreated(env, key.accountId, hashes)
      return earlier === null ? refused(env, key) : { earlier }
    },

    /** Whether this isolate knows a use of the key with this hash that D1 may not know yet. */
    wasUsedHere: (hash: string): boolean => leases.peek(hash, Date.now())?.value != null,

    /** Lists the account's keys, the newest first: all active keys, and the newest others. */
    async list(env: Env, accountId: string): Promise<KeyListing[]> {
      const { selectKeys } = await statements()
      return selectKeys(env, accountId, config.limit + MOST_LISTED.endedKeys)
    },

    /** Refuses keys in this isolate that another transaction of D1 has revoked. */
    forget(hashes: readonly string[]): void {
      for (const hash of hashes) leases.evict(hash, Date.now())
    },

    /**
     * Revokes a key permanently: at once in this isolate, in every other with its next heartbeat
     * for the account, and within one lease at the latest. Returns false if no active key of this
     * account has the id.
     */
    async revoke(env: Env, accountId: string, id: string, waitUntil: WaitUntil): Promise<boolean> {
      const { markKeyRevoked } = await statements()
      const hash = await markKeyRevoked(env, accountId, id)
      if (hash === null) return false
      leases.evict(hash, Date.now())
      await feed.tell(env, accountId, { kind: 'api_key', id: hash }, waitUntil)
      return true
    },

    /** Takes over what has changed for an account elsewhere. Null: it may be anything. */
    learn: (accountId: string, changes: readonly Change[] | null): void =>
      applyChanges(leases, 'api_key', accountId, changes, Date.now()),
  }
}
