/** The SQL of sessions: which were signed out, and whose they are. */
import { and, eq, isNull, lt, notExists } from 'drizzle-orm'
import type { Locale } from '../../lib/locale.ts'
import { ask } from '../ask.ts'
import { primaryReader, writer } from '../db.ts'
import type { Env } from '../env.ts'
import { accounts } from '../schema.ts'
import { signedOutSessions } from './schema.ts'

/** The account of a session, as pages show it. */
export interface SessionOwner {
  email: string
  locale: Locale
}

/** Reads a session's account; null if the session is signed out or the account disabled. */
export async function selectSessionOwner(
  env: Env,
  hash: string,
  accountId: string,
): Promise<SessionOwner | null> {
  const db = primaryReader(env)
  const signedOut = db.select().from(signedOutSessions).where(eq(signedOutSessions.hash, hash))
  const rows = await ask('D1', () =>
    db
      .select({ email: accounts.email, locale: accounts.locale })
      .from(accounts)
      .where(and(eq(accounts.id, accountId), isNull(accounts.disabledAt), notExists(signedOut))),
  )
  return rows[0] ?? null
}

/**
 * Lists a session as signed out until `endsAt`, and forgets what has ended by `now` (epoch
 * milliseconds).
 */
export async function insertSignOut(
  env: Env,
  hash: string,
  endsAt: number,
  now: number,
): Promise<void> {
  const db = writer(env)
  await ask('D1', () =>
    db.batch([
      db.insert(signedOutSessions).values({ hash, endsAt }).onConflictDoNothing(),
      db.delete(signedOutSessions).where(lt(signedOutSessions.endsAt, now)),
    ]),
  )
}
