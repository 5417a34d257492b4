/** Accounts in D1: what `GET /account` shows, and the locale that `PATCH /account` sets. */
import { and, count, eq, gt, isNull, or, sql } from 'drizzle-orm'
import type { Locale } from '../lib/locale.ts'
import { ask } from './ask.ts'
import { primaryReader, writer } from './db.ts'
import type { Env } from './env.ts'
import { accounts, apiKeys } from './schema.ts'

/** An account as its owner sees it. */
export interface AccountView {
  plan: 'active' | 'inactive'
  locale: Locale
  /** How many keys are neither revoked nor expired. */
  activeKeys: number
  /** How many requests were made with all keys together, revoked ones included. */
  requests: number
  /** The key that the request was made with, or null. `lastUsedAt` is in epoch milliseconds. */
  key: { id: string; requests: number; lastUsedAt: number | null } | null
}

/**
 * Reads an account and its usage. `keyId` is the API key that the request was made with, or null.
 * Returns null if the account does not exist or does not have that key.
 */
export async function viewAccount(
  env: Env,
  accountId: string,
  keyId: string | null,
): Promise<AccountView | null> {
  const db = primaryReader(env)
  const own = eq(apiKeys.accountId, accountId)
  const isActive = and(
    isNull(apiKeys.revokedAt),
    or(isNull(apiKeys.expiresAt), gt(apiKeys.expiresAt, Date.now())),
  )
  const [rows, totals, keys] = await ask('D1', () =>
    db.batch([
      db
        .select({ plan: accounts.plan, locale: accounts.locale })
        .from(accounts)
        .where(eq(accounts.id, accountId)),
      db
        .select({
          requests: sql<number>`coalesce(sum(${apiKeys.requests}), 0)`,
          activeKeys: count(sql`case when ${isActive} then 1 end`),
        })
        .from(apiKeys)
        .where(own),
      db
        .select({ requests: apiKeys.requests, lastUsedAt: apiKeys.lastUsedAt })
        .from(apiKeys)
        .where(and(own, eq(apiKeys.id, Number(keyId ?? 0)))),
    ]),
  )
  const [account, total, key] = [rows[0], totals[0], keys[0]]
  if (!account || !total || (keyId !== null && !key)) return null
  return { ...account, ...total, key: keyId !== null && key ? { id: keyId, ...key } : null }
}

/** Sets an account's locale. */
export async function setLocale(env: Env, accountId: string, locale: Locale): Promise<void> {
  await ask('D1', async () =>
    writer(env).update(accounts).set({ locale }).where(eq(accounts.id, accountId)),
  )
}
