/** The SQL of API keys. */
import { and, desc, eq, inArray, isNull, sql } from 'drizzle-orm'
import { ask } from '../ask.ts'
import { primaryReader, writer } from '../db.ts'
import type { Env } from '../env.ts'
import { accounts, apiKeys } from '../schema.ts'

/** The owner of a valid key. */
export interface KeyOwner {
  keyId: string
  accountId: string
  /** In epoch milliseconds; null: the key does not expire. */
  expiresAt: number | null
}

/** A key as listings show it. Times are epoch milliseconds. */
export interface KeyListing {
  id: string
  name: string
  /** The first characters of the key: see `shownPrefix`. */
  prefix: string
  isActive: boolean
  createdAt: number
  /** The number of requests that the key was accepted for. */
  requests: number
  /** Null: never used. */
  lastUsedAt: number | null
  /** Null: the key does not expire. */
  expiresAt: number | null
}

/** A key that an earlier request has created. */
export interface CreatedKey extends Omit<KeyListing, 'prefix'> {
  hash: string
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
  /** In epoch milliseconds; null: the key does not expire. */
  expiresAt: number | null
}

/** Whether a key is active at a time: neither revoked nor expired. */
const isActiveAt = (now: number) =>
  sql`(${apiKeys.revokedAt} is null
    and (${apiKeys.expiresAt} is null or ${apiKeys.expiresAt} > ${now}))`

/** Whether there is an account with this id that is neither disabled nor deleted. */
export async function isEnabled(env: Env, accountId: string): Promise<boolean> {
  const rows = await ask('D1', () =>
    primaryReader(env)
      .select({ id: accounts.id })
      .from(accounts)
      .where(and(eq(accounts.id, accountId), isNull(accounts.disabledAt))),
  )
  return rows.length > 0
}

/**
 * Reads the owner of the key with this hash: one indexed read. Null if there is no such key, if
 * the key is revoked or expired, or if its account is disabled.
 */
export async function selectOwner(env: Env, hash: string): Promise<KeyOwner | null> {
  const rows = await ask('D1', () =>
    primaryReader(env)
      .select({ keyId: apiKeys.id, accountId: apiKeys.accountId, expiresAt: apiKeys.expiresAt })
      .from(apiKeys)
      .innerJoin(accounts, eq(accounts.id, apiKeys.accountId))
      .where(and(eq(apiKeys.hash, hash), isActiveAt(Date.now()), isNull(accounts.disabledAt))),
  )
  const [row] = rows
  return row === undefined ? null : { ...row, keyId: String(row.keyId) }
}

/**
 * Inserts a key and returns its id. Returns null, and inserts nothing, if its account is disabled
 * or has `limit` active keys, or if a key with one of `hashes` (its own among them) was ever
 * stored.
 */
export async function insertKey(
  env: Env,
  key: NewKey,
  limit: number,
  hashes: readonly string[] = [key.hash],
): Promise<string | null> {
  const { accountId, name, prefix, hash, createdAt, expiresAt } = key
  // One statement counts and inserts: parallel requests cannot both take the last place, and
  // repeated ones cannot both create the key.
  const active = sql`
    select count(*) from ${apiKeys}
    where account_id = ${accountId} and revoked_at is null
      and (expires_at is null or expires_at > ${createdAt})`
  const enabled = sql`
    select 1 from ${accounts} where id = ${accountId} and disabled_at is null`
  const stored = sql`select 1 from ${apiKeys} where ${inArray(apiKeys.hash, [...hashes])}`
  const rows = await ask('D1', () =>
    writer(env).all<{ id: number }>(sql`
      insert into ${apiKeys} (account_id, name, prefix, hash, created_at, expires_at)
      select ${accountId}, ${name}, ${prefix}, ${hash}, ${createdAt}, ${expiresAt}
      where (${active}) < ${limit} and not exists (${stored}) and exists (${enabled})
      on conflict do nothing
      returning id`),
  )
  const [row] = rows
  return row === undefined ? null : String(row.id)
}

/** Reads the account's key with one of these hashes; null if there is none. */
export async function selectCreated(
  env: Env,
  accountId: string,
  hashes: readonly string[],
): Promise<CreatedKey | null> {
  const rows = await ask('D1', () =>
    primaryReader(env)
      .select()
      .from(apiKeys)
      .where(and(inArray(apiKeys.hash, [...hashes]), eq(apiKeys.accountId, accountId))),
  )
  const [row] = rows
  return row === undefined ? null : { ...listingOf(row, Date.now()), hash: row.hash }
}

/**
 * Makes sure that a key which nobody has seen is not valid and never becomes valid: revokes the key
 * if it was stored, and else stores it as revoked, so that an insertion that is still on its way
 * finds it there and stores nothing.
 */
export async function buryKey(env: Env, key: NewKey): Promise<void> {
  const { accountId, name, prefix, hash, createdAt } = key
  const revokedAt = Date.now()
  await ask('D1', () =>
    writer(env)
      .insert(apiKeys)
      .values({ accountId, name, prefix, hash, createdAt, revokedAt })
      .onConflictDoUpdate({ target: apiKeys.hash, set: { revokedAt } }),
  )
}

/**
 * Reads an account's keys, the newest first: all active keys, and then the newest of the others,
 * `most` in all.
 */
export async function selectKeys(env: Env, accountId: string, most: number): Promise<KeyListing[]> {
  const now = Date.now()
  const rows = await ask('D1', () =>
    primaryReader(env)
      .select()
      .from(apiKeys)
      .where(eq(apiKeys.accountId, accountId))
      .orderBy(desc(isActiveAt(now)), desc(apiKeys.id))
      .limit(most),
  )
  return rows.map((row) => listingOf(row, now)).sort((a, b) => Number(b.id) - Number(a.id))
}

function listingOf(row: typeof apiKeys.$inferSelect, now: number): KeyListing {
  const { id, name, prefix, createdAt, requests, lastUsedAt, revokedAt, expiresAt } = row
  const isActive = revokedAt === null && (expiresAt === null || expiresAt > now)
  return { id: String(id), name, prefix, isActive, createdAt, requests, lastUsedAt, expiresAt }
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
