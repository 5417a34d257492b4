/** Accounts and what is shown of them. */
import { and, count, eq, isNull, sql } from 'drizzle-orm'
import { ask } from './ask.ts'
import { primaryReader, writer } from './db.ts'
import type { Env } from './env.ts'
import { accounts, apiKeys } from './schema.ts'

export const LOCALES = accounts.locale.enumValues
export type Locale = (typeof LOCALES)[number]

export interface AccountView {
  plan: 'active' | 'inactive'
  locale: Locale
  /** Active keys, and the requests of all keys, revoked ones included. */
  activeKeys: number
  requests: number
  /** The key that asked; null: none did. */
  key: { id: string; requests: number; lastUsedAt: number | null } | null
}

/** An account as one of its keys sees it, or nobody's key; null if either is gone. */
export async function viewAccount(
  env: Env,
  accountId: string,
  keyId: string | null,
): Promise<AccountView | null> {
  const db = primaryReader(env)
  const own = eq(apiKeys.accountId, accountId)
  const [rows, totals, keys] = await ask('D1', () =>
    db.batch([
      db
        .select({ plan: accounts.plan, locale: accounts.locale })
        .from(accounts)
        .where(eq(accounts.id, accountId)),
      db
        .select({
          requests: sql<number>`coalesce(sum(${apiKeys.requests}), 0)`,
          activeKeys: count(sql`case when ${isNull(apiKeys.revokedAt)} then 1 end`),
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

/** Sets the account's locale. */
export async function setLocale(env: Env, accountId: string, locale: Locale): Promise<void> {
  await ask('D1', async () =>
    writer(env).update(accounts).set({ locale }).where(eq(accounts.id, accountId)),
  )
}
