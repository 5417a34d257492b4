/** The SQL of API keys. */
import { and, desc, eq, isNull, sql } from 'drizzle-orm'
import { ask } from '../ask.ts'
import { primaryReader, writer } from '../db.ts'
import type { Env } from '../env.ts'
import { accounts, apiKeys } from '../schema.ts'

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

/**
 * Reads the owner of the key with this hash: one indexed read. Null if there is no such key, if
 * the key is revoked, or if its account is disabled.
 */
export async function selectOwner(env: Env, hash: string): Promise<KeyOwner | null> {
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

/** Inserts a key and returns its id; null, and no key, if its account has `limit` active keys. */
export async function insertKey(env: Env, key: NewKey, limit: number): Promise<string | null> {
  // One statement counts and inserts: parallel requests cannot both take the last place.
  const active = sql`
    select count(*) from ${apiKeys}
    where account_id = ${key.accountId} and revoked_at is null`
  const rows = await ask('D1', () =>
    writer(env).all<{ id: number }>(sql`
      insert into ${apiKeys} (account_id, name, prefix, hash, created_at)
      select ${key.accountId}, ${key.name}, ${key.prefix}, ${key.hash}, ${key.createdAt}
      where (${active}) < ${limit}
      returning id`),
  )
  const [row] = rows
  return row === undefined ? null : String(row.id)
}

/**
 * Reads an account's keys, the newest first: all active keys, and then the newest revoked ones,
 * `most` in all.
 */
export async function selectKeys(env: Env, accountId: string, most: number): Promise<KeyListing[]> {
  const rows = await ask('D1', () =>
    primaryReader(env)
      .select()
      .from(apiKeys)
      .where(eq(apiKeys.accountId, accountId))
      .orderBy(isNull(apiKeys.revokedAt).append(sql` desc`), desc(apiKeys.id))
      .limit(most),
  )
  return rows
    .map((row) => ({ ...row, id: String(row.id), isActive: row.revokedAt === null }))
    .sort((a, b) => Number(b.id) - Number(a.id))
}

/** Revokes an active key of an account and returns its hash; null if there is no such key. */
export async function markKeyRevoked(
  env: Env,
  accountId: string,
  id: string,
): Promise<string | null> {
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
  return rows[0]?.hash ?? null
}
