/** Sign-in links in D1. Each link is used once, by the browser that asked for it. */
import { and, desc, eq, gt, isNull, lt, sql } from 'drizzle-orm'
import type { Limit } from '../../limits/limit.ts'
import { ask } from '../ask.ts'
import { primaryReader, writer } from '../db.ts'
import type { Env } from '../env.ts'
import { accounts, signInLinks } from '../schema.ts'

/** A link that is about to be stored. Times are epoch milliseconds. */
export interface NewLink {
  /** The hexadecimal SHA-256 of the link's token. */
  hash: string
  email: string
  /** The hexadecimal SHA-256 of the cookie of the browser that asked for the link. */
  browserHash: string
  /** The path of the gateway that the person goes on to. */
  returnPath: string
  createdAt: number
  expiresAt: number
}

/** The part of a link that the link's page needs. */
export type LinkView = Pick<NewLink, 'email' | 'browserHash'>

/** The account that a used link belongs to, and the path that the person goes on to. */
export interface UsedLink {
  accountId: string
  isDisabled: boolean
  returnPath: string
}

/**
 * Stores a link and returns 0. If the e-mail address already has as many links as the first of
 * `limits` allows, stores nothing and returns how long the address has to wait for another link, in
 * milliseconds. Also deletes links that no longer count against a limit.
 */
export async function addLink(env: Env, link: NewLink, limits: readonly Limit[]): Promise<number> {
  const { hash, email, browserHash, returnPath, createdAt, expiresAt } = link
  const [{ count, windowMs } = { count: Number.MAX_SAFE_INTEGER, windowMs: 0 }] = limits
  const db = writer(env)
  const from = createdAt - windowMs
  // A link is kept while it counts against the limit, and while it can be used.
  const keptFrom = Math.min(from, createdAt - (expiresAt - createdAt))
  // One statement counts and inserts, so that parallel requests cannot both take the last place.
  const counted = sql`
    select count(*) from ${signInLinks} where email = ${email} and created_at > ${from}`
  const [added] = await ask('D1', () =>
    db.batch([
      db
        .insert(signInLinks)
        .select(
          sql`select ${hash}, ${email}, ${browserHash}, ${returnPath}, ${createdAt}, ${expiresAt},
                null, null
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

/** Finds a link that can still be used, or null. Changes nothing. */
export async function findLink(env: Env, hash: string, now: number): Promise<LinkView | null> {
  const [link] = await ask('D1', () =>
    primaryReader(env)
      .select({ email: signInLinks.email, browserHash: signInLinks.browserHash })
      .from(signInLinks)
      .where(isUsable(hash, now)),
  )
  return link ?? null
}

/**
 * Uses a link once, and creates the account of its e-mail address if there is none. Both are one
 * transaction, so that no link is used up without an account. Returns null, and changes nothing, if
 * the link cannot be used, or not by this browser. `account` is the account to create, and
 * `createdAt` the time of use in epoch milliseconds.
 */
export async function consumeLink(
  env: Env,
  hash: string,
  browserHash: string,
  account: { id: string; createdAt: number },
): Promise<UsedLink | null> {
  const db = writer(env)
  const usedBy = crypto.randomUUID()
  const usedLink = sql`from ${signInLinks} where hash = ${hash} and used_by = ${usedBy}`
  const [, , rows] = await ask('D1', () =>
    db.batch([
      db
        .update(signInLinks)
        .set({ usedAt: account.createdAt, usedBy })
        .where(and(isUsable(hash, account.createdAt), eq(signInLinks.browserHash, browserHash))),
      db
        .insert(accounts)
        .select(
          sql`select ${account.id}, email, 'inactive', 'en', ${account.createdAt}, null
              ${usedLink}`,
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

function isUsable(hash: string, now: number) {
  return and(eq(signInLinks.hash, hash), isNull(signInLinks.usedAt), gt(signInLinks.expiresAt, now))
}
