/**
 * Sign-ins by another site's word (OpenID Connect) in D1. Each begins one session, in the browser
 * that was sent to the site.
 */
import { and, eq, gt, inArray, isNull, lt, sql } from 'drizzle-orm'
import { ask } from '../ask.ts'
import { primaryReader, transact, writer } from '../db.ts'
import type { Env } from '../env.ts'
import { accounts } from '../schema.ts'
import {
  type NewSession,
  type OutcomeRow,
  outcomeOf,
  type SignInOutcome,
  sessionColumns,
  sessionValues,
  usedByOneOf,
} from './linkUse.ts'
import { identities, openIdSignIns, sessions } from './schema.ts'

/** A sign-in that leaves for another site, by the hashes of its `state` and its browser. */
export interface OpenIdSignIn {
  hash: string
  browserHash: string
}

/** The person, as the other site's verified ID token says. */
export interface Identity {
  issuer: string
  subject: string
  /** In its one spelling. The site has verified it. */
  email: string
}

/** How many expired sign-ins each new one deletes: more than one, so that they never pile up. */
const MAX_DELETED = 10

/** Stores a sign-in, and deletes some that have expired by `now`. Epoch milliseconds. */
export async function addOpenIdSignIn(
  env: Env,
  signIn: OpenIdSignIn & { returnPath: string; expiresAt: number },
  now: number,
): Promise<void> {
  const db = writer(env)
  const { hash, expiresAt } = openIdSignIns
  const old = db.select({ hash }).from(openIdSignIns).where(lt(expiresAt, now)).limit(MAX_DELETED)
  await ask('D1', () =>
    db.batch([
      db.insert(openIdSignIns).values(signIn),
      db.delete(openIdSignIns).where(sql`${hash} in ${old}`),
    ]),
  )
}

/**
 * Finds a sign-in of this browser that has not expired by `now`: the path that the person goes on
 * to, and the outcome, if it has begun one of the sessions with these hashes already. Null if there
 * is none.
 */
export async function findOpenIdSignIn(
  env: Env,
  { hash, browserHash }: OpenIdSignIn,
  hashes: readonly string[],
  now: number,
): Promise<{ returnPath: string; outcome: SignInOutcome | null } | null> {
  const isOwn = and(
    eq(openIdSignIns.hash, hash),
    eq(openIdSignIns.browserHash, browserHash),
    gt(openIdSignIns.expiresAt, now),
  )
  const isBegun = and(
    eq(sessions.hash, openIdSignIns.usedBy),
    inArray(sessions.hash, [...hashes]),
    isNull(sessions.endedAt),
  )
  const [row] = await ask('D1', () =>
    primaryReader(env)
      .select({
        returnPath: openIdSignIns.returnPath,
        sessionHash: sessions.hash,
        sessionId: sessions.id,
        begunAt: sessions.createdAt,
        email: accounts.email,
        accountId: accounts.id,
        disabledAt: accounts.disabledAt,
      })
      .from(openIdSignIns)
      .leftJoin(sessions, isBegun)
      .leftJoin(accounts, eq(accounts.id, sessions.accountId))
      .where(isOwn),
  )
  if (row === undefined) return null
  const { returnPath, email } = row
  return { returnPath, outcome: email === null ? null : outcomeOf({ ...row, email }) }
}

/**
 * Begins a session for a person, in one transaction: the account that the person's identity is
 * linked to; else the account of the e-mail address, which is linked to the identity; else a new
 * account, if `createsAccount`. A sign-in that has begun the same session already, which was not
 * ended, gives the same result again. Returns null, and changes nothing, if the sign-in was used
 * before or has expired, or was begun in another browser.
 */
export async function consumeOpenIdSignIn(
  env: Env,
  { hash, browserHash }: OpenIdSignIn,
  { issuer, subject, email, createsAccount }: Identity & { createsAccount: boolean },
  session: NewSession,
): Promise<SignInOutcome | null> {
  const [newest = ''] = session.hashes
  const { beginsAt: now, account } = session
  const isOpen = sql`l.hash = ${hash} and l.browser_hash = ${browserHash} and l.expires_at > ${now}
    and ${usedByOneOf(session.hashes)}`
  const isLinked = sql`i.issuer = ${issuer} and i.subject = ${subject}`
  const [, , , , rows = []] = await ask('D1', () =>
    transact(
      env,
      sql`update ${openIdSignIns} as l set used_by = coalesce(used_by, ${newest}) where ${isOpen}`,
      sql`insert into ${accounts} (id, email, plan, locale, created_at)
          select ${account.id}, ${email}, 'inactive', ${account.locale}, ${now}
          from ${openIdSignIns} l where ${isOpen} and ${createsAccount ? 1 : 0}
            and not exists (select 1 from ${identities} i where ${isLinked})
          on conflict do nothing`,
      sql`insert into ${identities} (issuer, subject, account_id, created_at)
          select ${issuer}, ${subject}, a.id, ${now}
          from ${openIdSignIns} l join ${accounts} a on a.email = ${email}
          where ${isOpen} on conflict do nothing`,
      sql`insert into ${sessions} ${sessionColumns}
          select l.used_by, a.id, ${sessionValues(session)}
          from ${openIdSignIns} l join ${identities} i on ${isLinked}
            join ${accounts} a on a.id = i.account_id
          where ${isOpen} and a.disabled_at is null on conflict do nothing`,
      sql`select coalesce(a.email, ${email}) as email, l.return_path as "returnPath",
            a.id as "accountId", a.disabled_at as "disabledAt", s.hash as "sessionHash",
            s.id as "sessionId", s.created_at as "begunAt"
          from ${openIdSignIns} l left join ${identities} i on ${isLinked}
            left join ${accounts} a on a.id = i.account_id
            left join ${sessions} s on s.hash = l.used_by
          where ${isOpen}`,
    ),
  )
  const [row] = rows as OutcomeRow[]
  return row === undefined ? null : outcomeOf(row)
}
