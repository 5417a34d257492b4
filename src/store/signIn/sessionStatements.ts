/** The SQL of sessions: which live, whose they are, and how they end. */
import { and, desc, eq, gt, inArray, isNull, lt, type SQL } from 'drizzle-orm'
import type { Locale } from '../../lib/locale.ts'
import { ask } from '../ask.ts'
import { primaryReader, writer } from '../db.ts'
import type { Env } from '../env.ts'
import { MOST_LISTED } from '../listed.ts'
import { accounts } from '../schema.ts'
import { sessions } from './schema.ts'

/** The account of a living session. */
export interface SessionOwner {
  email: string
  locale: Locale
}

/** A signed-in browser as its account's owner sees it. Times are epoch milliseconds. */
export interface SessionListing {
  /** Names the session; not a secret. */
  id: string
  /** Like "Firefox, Windows"; "" if it is unknown. */
  browser: string
  /** Like "Izmir, TR"; "" if it is unknown. */
  place: string
  createdAt: number
  /** The beginning of the hour in which the session was last used. */
  seenAt: number
}

/**
 * Reads the owner of a session; null if the session is unknown or was ended, if its account is
 * another one than `accountId`, or if that account is disabled.
 */
export async function selectSessionOwner(
  env: Env,
  hash: string,
  accountId: string,
): Promise<SessionOwner | null> {
  const rows = await ask('D1', () =>
    primaryReader(env)
      .select({ email: accounts.email, locale: accounts.locale })
      .from(sessions)
      .innerJoin(accounts, eq(accounts.id, sessions.accountId))
      .where(
        and(
          eq(sessions.hash, hash),
          eq(sessions.accountId, accountId),
          isNull(sessions.endedAt),
          isNull(accounts.disabledAt),
        ),
      ),
  )
  return rows[0] ?? null
}

/**
 * Reads an account's sessions that have not ended at `now` and were used after `usedAfter`, those
 * that were used last first. Epoch milliseconds.
 */
export async function selectSessions(
  env: Env,
  accountId: string,
  { now, usedAfter }: { now: number; usedAfter: number },
): Promise<SessionListing[]> {
  const { id, browser, place, createdAt, seenAt } = sessions
  return ask('D1', () =>
    primaryReader(env)
      .select({ id, browser, place, createdAt, seenAt })
      .from(sessions)
      .where(
        and(
          eq(sessions.accountId, accountId),
          isNull(sessions.endedAt),
          gt(sessions.endsAt, now),
          gt(seenAt, usedAfter),
        ),
      )
      .orderBy(desc(seenAt), desc(createdAt), desc(id))
      .limit(MOST_LISTED.sessions),
  )
}

/** Notes the hour in which a session was used, unless a later one is noted. */
export async function updateSeen(env: Env, hash: string, hour: number): Promise<void> {
  await ask('D1', async () =>
    writer(env)
      .update(sessions)
      .set({ seenAt: hour })
      .where(and(eq(sessions.hash, hash), lt(sessions.seenAt, hour))),
  )
}

/** Ends the sessions with these hashes, and returns those that lived, with their accounts. */
export async function endByHash(
  env: Env,
  hashes: readonly string[],
): Promise<{ hash: string; accountId: string }[]> {
  return end(env, inArray(sessions.hash, [...hashes]))
}

/** Ends one session of an account. Returns its hash as a list, which is empty if there is none. */
export async function endById(env: Env, accountId: string, id: string): Promise<string[]> {
  return hashesOf(await end(env, and(eq(sessions.accountId, accountId), eq(sessions.id, id))))
}

/** Ends every session of an account, and returns their hashes. */
export async function endByAccount(env: Env, accountId: string): Promise<string[]> {
  return hashesOf(await end(env, eq(sessions.accountId, accountId)))
}

const hashesOf = (rows: { hash: string }[]) => rows.map(({ hash }) => hash)

/** Ends those of some sessions that have not ended, in one statement, and returns them. */
async function end(
  env: Env,
  which: SQL | undefined,
): Promise<{ hash: string; accountId: string }[]> {
  return ask('D1', () =>
    writer(env)
      .update(sessions)
      .set({ endedAt: Date.now() })
      .where(and(which, isNull(sessions.endedAt)))
      .returning({ hash: sessions.hash, accountId: sessions.accountId }),
  )
}
