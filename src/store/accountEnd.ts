/** The end of an account: everything that opens it ends, and the person is taken out of D1. */
import { sql } from 'drizzle-orm'
import { inboxOf } from '../lib/email.ts'
import { ask } from './ask.ts'
import { transact } from './db.ts'
import type { Env } from './env.ts'
import { oauthGrants, oauthRequests } from './oauth/schema.ts'
import { accounts, apiKeys, auditEntries } from './schema.ts'
import { identities, sessions, signInLinks } from './signIn/schema.ts'

/** The credentials that ended with an account, so that this isolate can refuse them at once. */
export interface EndedCredentials {
  /** The SHA-256 of keys and of sessions. */
  keyHashes: string[]
  sessionHashes: string[]
  grantIds: string[]
}

/**
 * Deletes an account at `now` (epoch milliseconds), in one transaction: its keys, sessions and
 * grants end, and its e-mail address, names of keys, browsers, sign-in links, consent pages and
 * links to other sites are deleted. The account's row stays with its id and its times, and so do
 * the numbers of its keys, so that an id in a log or in the audit list is never another account's.
 * A new account of the same e-mail address has another id. Deleting twice is not an error.
 */
export async function deleteAccount(
  env: Env,
  { accountId, email }: { accountId: string; email: string },
  now: number,
): Promise<EndedCredentials> {
  const isAlive = sql`exists (
    select 1 from ${accounts} where id = ${accountId} and deleted_at is null)`
  const [, keys = [], grants = [], signedIn = []] = await ask('D1', () =>
    transact(
      env,
      sql`insert into ${auditEntries} (act, actor_id, subject_id, at)
          select 'delete', ${accountId}, ${accountId}, ${now} where ${isAlive}`,
      sql`update ${apiKeys} set name = '', revoked_at = coalesce(revoked_at, ${now})
          where account_id = ${accountId} returning hash`,
      sql`update ${oauthGrants} set revoked_at = ${now}
          where account_id = ${accountId} and revoked_at is null returning id`,
      sql`update ${sessions} set browser = '', place = '', ended_at = coalesce(ended_at, ${now})
          where account_id = ${accountId} returning hash`,
      sql`delete from ${oauthRequests} where account_id = ${accountId}`,
      sql`delete from ${identities} where account_id = ${accountId}`,
      // The plus-tag is part of the address: other accounts of the inbox keep their links.
      sql`delete from ${signInLinks} where email = ${email} and inbox = ${inboxOf(email)}`,
      sql`update ${accounts} set email = id, locale = 'en',
            disabled_at = coalesce(disabled_at, ${now}), deleted_at = ${now}
          where id = ${accountId} and deleted_at is null`,
    ),
  )
  return {
    keyHashes: (keys as { hash: string }[]).map(({ hash }) => hash),
    sessionHashes: (signedIn as { hash: string }[]).map(({ hash }) => hash),
    grantIds: (grants as { id: string }[]).map(({ id }) => id),
  }
}
