/** API keys in D1, and the isolate's leased verdicts on them. */
import { and, desc, eq, isNull, sql } from 'drizzle-orm'
import { ask } from './ask.ts'
import { primaryReader, writer } from './db.ts'
import type { Env } from './env.ts'
import { createLeasedReader } from './leasedReader.ts'
import { createLeases } from './leases.ts'
import { accounts, apiKeys } from './schema.ts'
import { createSecretHasher } from './secretHasher.ts'

/** The owner of a valid key. */
export interface KeyOwner {
  keyId: string
  accountId: string
}

/** A key as listings show it. Times are epoch milliseconds. */
export interface KeyListing {
  id: string
  name: string
  /** The first characters of the key: see `shownPrefix`. */
  prefix: string
  isActive: boolean
  createdAt: number
  /** Null: never used. */
  lastUsedAt: number | null
}

/** A key that is about to be stored. */
export interface NewKey {
  accountId: string
  name: string
  /** The first characters of the key: see `shownPrefix`. */
  prefix: string
  /** The hexadecimal SHA-256 of the key. */
  hash: string
  /** In epoch milliseconds. */
  createdAt: number
}

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

  /**
   * Reads the owner of the key with this hash: one indexed read. Null if there is no such key, if
   * the key is revoked, or if its account is disabled.
   */
  async function read(env: Env, hash: string): Promise<KeyOwner | null> {
    const rows = await ask('D1', () =>
      primaryReader(env)
        .select({ keyId: apiKeys.id, accountId: apiKeys.accountId })
        .from(apiKeys)
        .innerJoin(accounts, eq(accounts.id, apiKeys.accountId))
        .where(and(eq(apiKeys.hash, hash), isNull(apiKeys.revokedAt), isNull(accounts.disabledAt))),
    )
    const [row] = rows
    return row === undefined ? null : { keyId: String(row.keyId), accountId: row.accountId }
  }

  const leasedReader = createLeasedReader(leases, config.leaseMs, read)

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
      // One statement counts and inserts: parallel requests cannot both take the last place.
      const active = sql`
        select count(*) from ${apiKeys}
        where account_id = ${key.accountId} and revoked_at is null`
      const rows = await ask('D1', () =>
        writer(env).all<{ id: number }>(sql`
          insert into ${apiKeys} (account_id, name, prefix, hash, created_at)
          select ${key.accountId}, ${key.name}, ${key.prefix}, ${key.hash}, ${key.createdAt}
          where (${active}) < ${config.limit}
          returning id`),
      )
      const [row] = rows
      return row === undefined ? null : { id: String(row.id) }
    },

    /** Lists the account's keys, the newest first: all active keys, and the newest revoked ones. */
    async list(env: Env, accountId: string): Promise<KeyListing[]> {
      const rows = await ask('D1', () =>
        primaryReader(env)
          .select()
          .from(apiKeys)
          .where(eq(apiKeys.accountId, accountId))
          .orderBy(isNull(apiKeys.revokedAt).append(sql` desc`), desc(apiKeys.id))
          .limit(config.limit + REVOKED_SHOWN),
      )
      return rows
        .map((row) => ({ ...row, id: String(row.id), isActive: row.revokedAt === null }))
        .sort((a, b) => Number(b.id) - Number(a.id))
    },

    /**
     * Revokes a key permanently: at once in this isolate, within one lease in every other. Returns
     * false if no active key of this account has the id.
     */
    async revoke(env: Env, accountId: string, id: string): Promise<boolean> {
      const rows = await ask('D1', () =>
        writer(env)
          .update(apiKeys)
          .set({ revokedAt: Date.now() })
          .where(
            and(
              // The id is bound as text, because 18 digits do not fit a JavaScript number.
              sql`${apiKeys.id} = cast(${id} as integer)`,
              eq(apiKeys.accountId, accountId),
              isNull(apiKeys.revokedAt),
            ),
          )
          .returning({ hash: apiKeys.hash }),
      )
      const [row] = rows
      if (row === undefined) return false
      leases.evict(row.hash, Date.now())
      return true
    },
  }
}
