/**
 * The use of a sign-in link: it begins one session, in the browser that asked for it.
 * See docs/decisions/0027.
 */
import { sql } from 'drizzle-orm'
import { hourOf } from '../../credentials/session.ts'
import type { Locale } from '../accounts.ts'
import { ask } from '../ask.ts'
import { transact } from '../db.ts'
import type { Env } from '../env.ts'
import { accounts } from '../schema.ts'
import { sessions, signInLinks } from './schema.ts'

/** A session that is about to begin. Times are epoch milliseconds. */
export interface NewSession {
  /**
   * The SHA-256 of the session's token. It has several forms while a tag secret is rotated out: the
   * first one is for a new session, the others find what an earlier try has begun.
   */
  hashes: readonly string[]
  /** Names the session; not a secret. */
  id: string
  /** The browser and the place that it is at, in words. */
  browser: string
  place: string
  beginsAt: number
  endsAt: number
  /** The account that is created if the person has none. */
  account: { id: string; locale: Locale }
}

/** What became of a sign-in. */
export interface SignInOutcome {
  email: string
  /** The path that the person goes on to. */
  returnPath: string
  /** The person's account; null: there is none, and none may be created. */
  account: { id: string; isDisabled: boolean } | null
  /** The session that was begun, now or at an earlier try; null: the account is disabled. */
  session: { hash: string; id: string; createdAt: number } | null
}

/** A row of the statement that reads the outcome. */
interface OutcomeRow {
  email: string
  return_path: string
  account_id: string | null
  disabled_at: number | null
  session_hash: string | null
  session_id: string | null
  begun_at: number | null
}

/**
 * Begins a session with a link, and creates the account of its e-mail address if there is none and
 * the link allows it: one transaction, so that no link is used up without an account. A link that
 * has begun the same session already, which was not ended, gives the same result again: only the
 * browser that asked can offer it. Returns null, and changes nothing, if the link cannot be used,
 * or not by this browser.
 */
export async function consumeLink(
  env: Env,
  { hash, browserHash }: { hash: string; browserHash: string },
  session: NewSession,
): Promise<SignInOutcome | null> {
  const [newest = ''] = session.hashes
  const now = session.beginsAt
  const isOpen = sql`l.hash = ${hash} and l.browser_hash = ${browserHash} and l.expires_at > ${now}
    and (l.used_by is null or l.used_by in ${list(session.hashes)})
    and not exists (
      select 1 from ${sessions} s where s.hash = l.used_by and s.ended_at is not null)`
  const [, , , rows = []] = await ask('D1', () =>
    transact(
      env,
      sql`update ${signInLinks} as l
          set used_at = coalesce(used_at, ${now}), used_by = coalesce(used_by, ${newest})
          where ${isOpen}`,
      sql`insert into ${accounts} (id, email, plan, locale, created_at)
          select ${session.account.id}, l.email, 'inactive', ${session.account.locale}, ${now}
          from ${signInLinks} l where ${isOpen} and l.creates_account on conflict do nothing`,
      sql`insert into ${sessions} ${sessionColumns}
          select l.used_by, a.id, ${sessionValues(session)}
          from ${signInLinks} l join ${accounts} a on a.email = l.email
          where ${isOpen} and a.disabled_at is null on conflict do nothing`,
      sql`select l.email, l.return_path, a.id as account_id, a.disabled_at,
            s.hash as session_hash, s.id as session_id, s.created_at as begun_at
          from ${signInLinks} l left join ${accounts} a on a.email = l.email
            left join ${sessions} s on s.hash = l.used_by
          where ${isOpen}`,
    ),
  )
  const [row] = rows as OutcomeRow[]
  return row === undefined ? null : outcomeOf(row)
}

/** The columns of a new session's row: its hash, its account, and `sessionValues`. */
const sessionColumns = sql.raw(
  '(hash, account_id, id, browser, place, created_at, seen_at, ends_at)',
)

function sessionValues({ id, browser, place, beginsAt, endsAt }: NewSession) {
  return sql`${id}, ${browser}, ${place}, ${beginsAt}, ${hourOf(beginsAt)}, ${endsAt}`
}

function outcomeOf(row: OutcomeRow): SignInOutcome {
  const { email, return_path: returnPath, account_id, session_hash, session_id, begun_at } = row
  const hasSession = session_hash !== null && session_id !== null && begun_at !== null
  return {
    email,
    returnPath,
    account: account_id === null ? null : { id: account_id, isDisabled: row.disabled_at !== null },
    session: hasSession ? { hash: session_hash, id: session_id, createdAt: begun_at } : null,
  }
}

function list(values: readonly string[]) {
  return sql`(${sql.join(
    values.map((one) => sql`${one}`),
    sql`, `,
  )})`
}
