/** What nobody needs any more goes, a bounded number of rows at a time. */
import { type SQL, sql } from 'drizzle-orm'
import type { SQLiteTable } from 'drizzle-orm/sqlite-core'
import { logError } from '../lib/log.ts'
import { writer } from './db.ts'
import type { Env } from './env.ts'
import { oauthClients, oauthCodes, oauthGrants, oauthRequests, oauthTokens } from './schema.ts'

const DAY_MS = 86_400_000
/** How long a client without a living grant is kept after its last token. */
const IDLE_CLIENT_MS = 90 * DAY_MS
/** The most rows that one statement deletes, and the most statements for one kind of rows. */
const MAX_ROWS = 20_000
const MAX_PASSES = 20

/**
 * Deletes, at `now` (epoch milliseconds), consent pages that are too old, all else that has expired or
 * ended a day ago, clients that never got a token within a day, and idle ones. A used refresh token stays as long as its grant lives: it must
 * be known when it comes again. What fails does not keep the rest; then it rejects.
 */
export async function deleteExpired(env: Env, now: number): Promise<void> {
  const dayAgo = now - DAY_MS
  const isAlive = (grant: SQL) => sql`(
    exists (select 1 from ${oauthTokens} t
      where t.grant_id = ${grant} and t.expires_at > ${dayAgo} and t.used_at is null)
    or exists (select 1 from ${oauthCodes} c where c.grant_id = ${grant} and c.expires_at > ${dayAgo}))`
  const isDead = sql`(revoked_at < ${dayAgo} or not ${isAlive(sql`one.id`)})`
  const deadGrants = sql`select id from ${oauthGrants} as one where ${isDead}`
  const steps: [table: SQLiteTable, key: string, dead: SQL][] = [
    [oauthRequests, 'hash', sql`expires_at < ${now}`],
    [oauthTokens, 'hash', sql`kind = 'access' and expires_at < ${dayAgo}`],
    // Before their grants: what goes along with a row is not counted, and a family can be of any size.
    [oauthTokens, 'hash', sql`grant_id in (${deadGrants})`],
    // A grant's code goes with it: a used one stays as long, as used refresh tokens do.
    [
      oauthGrants,
      'id',
      sql`${isDead} and not exists (select 1 from ${oauthTokens} t where t.grant_id = one.id)`,
    ],
    [oauthCodes, 'hash', sql`expires_at < ${dayAgo} and used_at is null`],
    [
      oauthClients,
      'id',
      sql`(activated_at is null and created_at < ${dayAgo})
        or (coalesce(last_used_at, created_at) < ${now - IDLE_CLIENT_MS} and not exists (
          select 1 from ${oauthGrants} g
          where g.client_id = one.id and g.revoked_at is null and ${isAlive(sql`g.id`)}))`,
    ],
  ]
  let failed = 0
  for (const [table, key, dead] of steps) {
    const rows = sql`select ${sql.raw(key)} from ${table} as one where ${dead} limit ${MAX_ROWS}`
    const deletion = sql`delete from ${table} where ${sql.raw(key)} in (${rows})`
    await clear(env, deletion).catch((error) => {
      logError('reap_failed', error)
      failed += 1
    })
  }
  if (failed > 0)
    throw new Error(`${failed} of ${steps.length} kinds of rows were not cleared away`)
}

/** Repeats a deletion until nothing is left for it. No deadline: nobody waits for it. */
async function clear(env: Env, deletion: SQL): Promise<void> {
  for (let pass = 0; pass < MAX_PASSES; pass++) {
    const { meta } = await writer(env).run(deletion)
    if (meta.changes < MAX_ROWS) return
  }
}
