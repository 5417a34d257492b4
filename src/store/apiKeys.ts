/** API keys in D1, and the isolate's leased memory of them. */
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

export interface KeyListing {
  id: string
  name: string
  prefix: string
  isActive: boolean
  createdAt: number
  lastUsedAt: number | null
}

export interface NewKey {
  accountId: string
  name: string
  prefix: string
  hash: string
  createdAt: number
}

/** How long an unknown key is remembered, in this isolate only, in milliseconds. */
const UNKNOWN_KEY_MS = 2_000

/** How many revoked keys a listing still shows. */
const REVOKED_SHOWN = 100

/** The keys of all accounts. `leaseMs` is how long a verdict about a key may be trusted. */
export function createApiKeyStore(config: { leaseMs: number; limit: number; prefix: string }) {
  const leases = createLeases<KeyOwner>({ leaseMs: config.leaseMs, unknownMs: UNKNOWN_KEY_MS })

  /** One indexed read: the key with this hash, unless it is revoked or its account disabled. */
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
    /** What a presented key is stored under, or null: it is no key, or none of ours. */
    hashOf: createSecretHasher('api_key', config.prefix),

    /** The owner of the key with this SHA-256, or null. No I/O while a verdict is leased. */
    find: leasedReader.find,

    /** Whether the key still has an owner, for an open stream. */
    stillValid: leasedReader.stillValid,

    /** Whether `find` would answer from memory. */
    isLeased: (hash: string): boolean => leases.peek(hash, Date.now()) !== undefined,

    /** Stores a key unless its account has all the active keys it may have. Null: it has. */
    async create(env: Env, key: NewKey): Promise<{ id: string } | null> {
      // Counting and inserting are one statement: parallel creations cannot both take the last place.
      const active = sql`select count(*) from ${apiKeys} where account_id = ${key.accountId} and revoked_at is null`
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

    /** The account's keys, the newest first: all active ones, and the last of the revoked. */
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
     * Revokes a key for good. False: no active key of this account has the id. When this answers, the
     * key is dead in this isolate; elsewhere it is dead within one lease.
     */
    async revoke(env: Env, accountId: string, id: string): Promise<boolean> {
      const rows = await ask('D1', () =>
        writer(env)
          .update(apiKeys)
          .set({ revokedAt: Date.now() })
          // As text, because an id of 18 digits does not fit a JavaScript number.
          .where(
            and(
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
