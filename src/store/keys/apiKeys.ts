/** API keys in D1, and the isolate's leased verdicts on them. */

import type { Env } from '../env.ts'
import { createLeasedReader } from '../leases/leasedReader.ts'
import { createLeases } from '../leases/leases.ts'
import { createSecretHasher } from '../leases/secretHasher.ts'
import type { KeyListing, KeyOwner, NewKey } from './apiKeyStatements.ts'

// Drizzle and the statements are loaded with the first of them: a call with a leased verdict needs
// neither.
const statements = () => import('./apiKeyStatements.ts')

/** How long an isolate remembers that a key is unknown, in milliseconds. */
const UNKNOWN_KEY_MS = 2_000

/** How many revoked keys a listing has room for at least. */
const REVOKED_SHOWN = 100

/**
 * Creates the store of all accounts' keys. `leaseMs` is how long a verdict on a key may be trusted,
 * in milliseconds; `limit` is how many active keys an account may have; `prefix` is what keys begin
 * with.
 */
export function createApiKeyStore(config: { leaseMs: number; limit: number; prefix: string }) {
  const leases = createLeases<KeyOwner>({ leaseMs: config.leaseMs, unknownMs: UNKNOWN_KEY_MS })

  const leasedReader = createLeasedReader(leases, config.leaseMs, async (env, hash) => {
    const { selectOwner } = await statements()
    return selectOwner(env, hash)
  })

  return {
    /** The hash that a presented key is stored under, or null if the gateway did not mint it. */
    hashOf: createSecretHasher('api_key', config.prefix),

    /** Finds the owner of the key with this hash, or null. No I/O while a verdict is leased. */
    find: leasedReader.find,

    /** Whether the key with this hash is still valid, for an open stream. */
    stillValid: leasedReader.stillValid,

    /** Whether `find` would answer from memory, without I/O. */
    isLeased: (hash: string): boolean => leases.peek(hash, Date.now()) !== undefined,

    /**
     * Stores a key and returns its id. Returns null, and stores nothing, if the account already has
     * as many active keys as it may have.
     */
    async create(env: Env, key: NewKey): Promise<{ id: string } | null> {
      const { insertKey } = await statements()
      const id = await insertKey(env, key, config.limit)
      return id === null ? null : { id }
    },

    /** Lists the account's keys, the newest first: all active keys, and the newest revoked ones. */
    async list(env: Env, accountId: string): Promise<KeyListing[]> {
      const { selectKeys } = await statements()
      return selectKeys(env, accountId, config.limit + REVOKED_SHOWN)
    },

    /**
     * Revokes a key permanently: at once in this isolate, within one lease in every other. Returns
     * false if no active key of this account has the id.
     */
    async revoke(env: Env, accountId: string, id: string): Promise<boolean> {
      const { markKeyRevoked } = await statements()
      const hash = await markKeyRevoked(env, accountId, id)
      if (hash === null) return false
      leases.evict(hash, Date.now())
      return true
    },
  }
}
