/** Sign-in links in D1: each is used once, by the browser that asked for it. */
import { and, desc, eq, gt, isNull, lt, sql } from 'drizzle-orm'
import type { Limit } from '../limits/limit.ts'
import { ask } from './ask.ts'
import { primaryReader, writer } from './db.ts'
import type { Env } from './env.ts'
import { accounts, signInLinks } from './schema.ts'

export interface NewLink {
  hash: string
  email: string
  browserHash: string
  returnPath: string
  createdAt: number
  expiresAt: number
}

/** What a link's page needs to know. */
export interface LinkView {
  email: string
  browserHash: string
}

/** Who a used link belongs to, and where they go on to. */
export interface UsedLink {
  accountId: string
  isDisabled: boolean
  returnPath: string
}

/**
 * Stores a link, unless its e-mail has had all it may have in the limit's last `windowMs`. Returns 0,
 * or how long until it may have another, in milliseconds. Rows that count no more are deleted.
 */
export async function addLink(env: Env, link: NewLink, limits: readonly Limit[]): Promise<number> {
  const { hash, email, browserHash, returnPath, createdAt, expiresAt } = link
  const [{ count, windowMs } = { count: Number.MAX_SAFE_INTEGER, windowMs: 0 }] = limits
  const db = writer(env)
  const from = createdAt - windowMs
  const keptFrom = Math.min(from, createdAt - (expiresAt - createdAt))
  // Counting and inserting are one statement: parallel requests cannot both take the last place.
  const counted = sql`select count(*) from ${signInLinks} where email = ${email} and created_at > ${from}`
  const [added] = await ask('D1', () =>
    db.batch([
      db
        .insert(signInLinks)
        .select(
          sql`select ${hash}, ${email}, ${browserHash}, ${returnPath}, ${createdAt}, ${expiresAt}, null, null
              where (${counted}) < ${count}`,
        )
        .returning({ hash: signInLinks.hash }),
      db.delete(signInLinks).where(lt(signInLinks.createdAt, keptFrom)),
    ]),
  )
  if (added.length > 0) return 0
  const [oldest] = await ask('D1', () =>
    db
      .select({ createdAt: signInLinks.createdAt })
      .from(signInLinks)
      .where(and(eq(signInLinks.email, email), gt(signInLinks.createdAt, from)))
      .orderBy(desc(signInLinks.createdAt))
      .limit(1)
      .offset(count - 1),
  )
  return Math.max(1, (oldest?.createdAt ?? createdAt) + windowMs - createdAt)
}

/** A link that can still be used, or null. Changes nothing. */
export async function findLink(env: Env, hash: string, now: number): Promise<LinkView | null> {
  const [link] = await ask('D1', () =>
    primaryReader(env)
      .select({ email: signInLinks.email, browserHash: signInLinks.browserHash })
      .from(signInLinks)
      .where(usable(hash, now)),
  )
  return link ?? null
}

/**
 * Uses a link, and makes the account of its e-mail if there is none: one transaction, so that no link is
 * used up without an account. Null: it cannot be used, or not by this browser; then nothing has changed.
 */
export async function consumeLink(
  env: Env,
  hash: string,
  browserHash: string,
  account: { id: string; createdAt: number },
): Promise<UsedLink | null> {
  const db = writer(env)
  const usedBy = crypto.randomUUID()
  const taken = sql`from ${signInLinks} where hash = ${hash} and used_by = ${usedBy}`
  const [, , rows] = await ask('D1', () =>
    db.batch([
      db
        .update(signInLinks)
        .set({ usedAt: account.createdAt, usedBy })
        .where(and(usable(hash, account.createdAt), eq(signInLinks.browserHash, browserHash))),
      db
        .insert(accounts)
        .select(
          sql`select ${account.id}, email, 'inactive', 'en', ${account.createdAt}, null ${taken}`,
        )
        .onConflictDoNothing(),
      db
        .select({
          accountId: accounts.id,
          disabledAt: accounts.disabledAt,
          returnPath: signInLinks.returnPath,
        })
        .from(signInLinks)
        .innerJoin(accounts, eq(accounts.email, signInLinks.email))
        .where(and(eq(signInLinks.hash, hash), eq(signInLinks.usedBy, usedBy))),
    ]),
  )
  const [row] = rows
  if (row === undefined) return null
  const { accountId, disabledAt, returnPath } = row
  return { accountId, isDisabled: disabledAt !== null, returnPath }
}

function usable(hash: string, now: number) {
  return and(eq(signInLinks.hash, hash), isNull(signInLinks.usedAt), gt(signInLinks.expiresAt, now))
}
