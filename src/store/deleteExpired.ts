/** Deletes rows of D1 that have expired, a bounded number at a time. Run by the cron, hourly. */
import { type SQL, sql } from 'drizzle-orm'
import type { SQLiteTable } from 'drizzle-orm/sqlite-core'
import { logError } from '../lib/log.ts'
import { writer } from './db.ts'
import type { Env } from './env.ts'
import { oauthClients, oauthDocuments } from './oauth/clientSchema.ts'
import { oauthCodes, oauthGrants, oauthRequests, oauthTokens } from './oauth/schema.ts'
import { trimDocuments, trimRegistrations } from './oauth/trim.ts'
import { notices, openIdSignIns, sessions } from './signIn/schema.ts'
import { hourOfUse, USAGE_HOURS } from './usage/buckets.ts'
import { mergeUsage } from './usage/mergeUsage.ts'
import { usage, usageFlushes } from './usage/schema.ts'

const DAY_MS = 86_400_000
/** How long a client without a living grant is kept after its last use, in milliseconds. */
const IDLE_CLIENT_MS = 90 * DAY_MS
/** How long a client that was never shown to a person is kept, in milliseconds. */
const UNUSED_CLIENT_MS = 7 * DAY_MS
/** How long a metadata document is kept after it was fetched, in milliseconds. */
const DOCUMENT_MS = 7 * DAY_MS
/** The most rows that one statement deletes. */
const MAX_ROWS = 20_000
/** The most statements of one step. */
const MAX_PASSES = 20

/**
 * Deletes what has expired at `now` (epoch milliseconds):
 *
 * - consent pages, as soon as they have expired;
 * - access tokens and unused codes, a day after they expired;
 * - grants, a day after they were ended or their last token and code expired;
 * - clients that no person was asked about within `UNUSED_CLIENT_MS`, and clients that have been
 *   idle for `IDLE_CLIENT_MS`;
 * - sessions, as soon as they would have ended by themselves;
 * - people who were sent to another site and did not come back in time;
 * - notes of mails about keys and browsers, a day after they were sent;
 * - metadata documents that were not fetched for `DOCUMENT_MS`;
 * - usage, `USAGE_HOURS` after its time. Younger usage is merged as it ages
 *   (`usage/mergeUsage.ts`);
 * - unused clients and documents that are too many (`oauth/trim.ts`).
 *
 * Used refresh tokens and used codes stay as long as their grant, because a replay must be
 * recognised. A step that fails is logged and does not stop the others; then the promise rejects.
 */
export async function deleteExpired(env: Env, now: number): Promise<void> {
  const dayAgo = now - DAY_MS
  /** Whether a grant has an unused token or a code that did not expire more than a day ago. */
  const isAlive = (grant: SQL) => sql`(
    exists (select 1 from ${oauthTokens} t
      where t.grant_id = ${grant} and t.expires_at > ${dayAgo} and t.used_at is null)
    or exists (select 1 from ${oauthCodes} c
      where c.grant_id = ${grant} and c.expires_at > ${dayAgo}))`
  const isDead = sql`(revoked_at < ${dayAgo} or not ${isAlive(sql`one.id`)})`
  const deadGrants = sql`select id from ${oauthGrants} as one where ${isDead}`
  const steps: [table: SQLiteTable, key: string, dead: SQL][] = [
    [oauthRequests, 'hash', sql`expires_at < ${now}`],
    [oauthTokens, 'hash', sql`kind = 'access' and expires_at < ${dayAgo}`],
    // Tokens go before their grants, because a family can be of any size, and MAX_ROWS does not
    // bound what a cascade deletes.
    [oauthTokens, 'hash', sql`grant_id in (${deadGrants})`],
    // The grant's codes go with it, by cascade.
    [
      oauthGrants,
      'id',
      sql`${isDead} and not exists (select 1 from ${oauthTokens} t where t.grant_id = one.id)`,
    ],
    [oauthCodes, 'hash', sql`expires_at < ${dayAgo} and used_at is null`],
    [
      oauthClients,
      'id',
      sql`(last_used_at is null and created_at < ${now - UNUSED_CLIENT_MS})
        or (last_used_at < ${now - IDLE_CLIENT_MS} and not exists (
          select 1 from ${oauthGrants} g
          where g.client_id = one.id and g.revoked_at is null and ${isAlive(sql`g.id`)}))`,
    ],
    [sessions, 'hash', sql`ends_at < ${now}`],
    [openIdSignIns, 'hash', sql`expires_at < ${now}`],
    [notices, 'subject', sql`at < ${dayAgo}`],
    [oauthDocuments, 'url', sql`fetched_at < ${now - DOCUMENT_MS}`],
    [usage, 'rowid', sql`hour < ${hourOfUse(now) - USAGE_HOURS}`],
    // An object counts its flushes on, so the number of the last one is needed only for a retry.
    [usageFlushes, 'owner', sql`not exists (select 1 from ${usage} u where u.owner = one.owner)`],
  ]
  const deletions = steps.map(([table, key, dead]) => () => {
    const rows = sql`select ${sql.raw(key)} from ${table} as one where ${dead} limit ${MAX_ROWS}`
    return deleteAll(env, sql`delete from ${table} where ${sql.raw(key)} in (${rows})`)
  })
  deletions.push(
    () => trimRegistrations(env),
    () => trimDocuments(env),
    () => mergeUsage(env, now),
  )
  let failed = 0
  for (const deletion of deletions) {
    await deletion().catch((error) => {
      logError('reap_failed', error)
      failed += 1
    })
  }
  if (failed > 0) throw new Error(`${failed} of ${deletions.length} kinds of rows were not deleted`)
}

/** Repeats a deletion until no row is left for it. Without a deadline, because no request waits. */
async function deleteAll(env: Env, deletion: SQL): Promise<void> {
  for (let pass = 0; pass < MAX_PASSES; pass++) {
    const { meta } = await writer(env).run(deletion)
    if (meta.changes < MAX_ROWS) return
  }
}
