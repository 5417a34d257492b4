/**
 * The use of a sign-in link: it begins one session, in the browser that asked for it.
 * See docs/decisions/0027.
 */
import { sql } from 'drizzle-orm'
import { hourOf } from '../../credentials/session.ts'
import type { Locale } from '../../lib/locale.ts'
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

/** The outcome of a sign-in. */
export interface SignInOutcome {
  email: string
  /** The path that the person goes on to. */
  returnPath: string
  /** The person's account; null: there is none, and none may be created. */
  account: { id: string; isDisabled: boolean } | null
  /** The session that was begun, now or at an earlier try; null: the account is disabled. */
  session: { hash: string; id: string; createdAt: number } | null
}

/** A row of a statement that reads an outcome. */
export interface OutcomeRow {
  email: string
  returnPath: string
  accountId: string | null
  disabledAt: number | null
  sessionHash: string | null
  sessionId: string | null
  begunAt: number | null
}

/**
 * Begins a session with a link that one of the browsers may use, and creates the account of its
 * e-mail address if there is none and the link allows it: one transaction, so that no link is used
 * up without an account. A link that has begun the same session already, which was not ended, gives
 * the same result again: only the browser that asked can offer it. Returns null, and changes
 * nothing, if the link cannot be used, or not by these browsers.
 */
export async function consumeLink(
  env: Env,
  { hash, browserHashes }: { hash: string; browserHashes: readonly string[] },
  session: NewSession,
): Promise<SignInOutcome | null> {
  const [newest = ''] = session.hashes
  const now = session.beginsAt
  const isOpen = sql`l.hash = ${hash} and l.browser_hash in (${list(browserHashes)})
    and l.expires_at > ${now}
    and ${usedByOneOf(session.hashes)}`
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
      sql`select l.email, l.return_path as "returnPath", a.id as "accountId",
            a.disabled_at as "disabledAt", s.hash as "sessionHash", s.id as "sessionId",
            s.created_at as "begunAt"
          from ${signInLinks} l left join ${accounts} a on a.email = l.email
            left join ${sessions} s on s.hash = l.used_by
          where ${isOpen}`,
    ),
  )
  const [row] = rows as OutcomeRow[]
  return row === undefined ? null : outcomeOf(row)
}

/** The columns of a new session's row: its hash, its account, and `sessionValues`. */
export const sessionColumns = sql.raw(
  '(hash, account_id, id, browser, place, created_at, seen_at, ends_at)',
)

/** The values of a new session's row, but for its hash and its account. */
export function sessionValues({ id, browser, place, beginsAt, endsAt }: NewSession) {
  return sql`${id}, ${browser}, ${place}, ${beginsAt}, ${hourOf(beginsAt)}, ${endsAt}`
}

/** The outcome of a sign-in as a statement has read it. */
export function outcomeOf(row: OutcomeRow): SignInOutcome {
  const { email, returnPath, accountId, disabledAt, sessionHash, sessionId, begunAt } = row
  const hasSession = sessionHash !== null && sessionId !== null && begunAt !== null
  return {
    email,
    returnPath,
    account: accountId === null ? null : { id: accountId, isDisabled: disabledAt !== null },
    session: hasSession ? { hash: sessionHash, id: sessionId, createdAt: begunAt } : null,
  }
}

/**
 * Whether the sign-in `l` has begun no session, or one with one of these hashes, which was not
 * ended.
 */
export function usedByOneOf(hashes: readonly string[]) {
  return sql`(l.used_by is null or l.used_by in (${list(hashes)}))
    and not exists (
      select 1 from ${sessions} s where s.hash = l.used_by and s.ended_at is not null)`
}

function list(values: readonly string[]) {
  return sql.join(
    values.map((value) => sql`${value}`),
    sql`, `,
  )
}
