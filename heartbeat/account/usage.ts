/** Writes usage into D1, once however often it is tried. */
import { type SQL, sql } from 'drizzle-orm'
import { deadline } from '../../src/lib/deadline.ts'
import { transact } from '../../src/store/db.ts'
import { oauthGrants } from '../../src/store/oauth/schema.ts'
import { apiKeys } from '../../src/store/schema.ts'
import { usage, usageFlushes } from '../../src/store/usage/schema.ts'
import type { Flush } from './uses.ts'

/** How long D1 may take for one flush, in milliseconds. */
const FLUSH_TIMEOUT_MS = 3_000

/**
 * Writes one flush in one transaction: the usage, and the last use of keys and grants. A flush that
 * D1 has already adds nothing. Rejects if D1 fails or does not answer in time.
 */
export async function writeUsage(
  env: { DB: D1Database },
  { owner, life, flush, uses }: Flush,
): Promise<void> {
  const isNew = sql`${flush} > coalesce(
    (select flush from ${usageFlushes} where owner = ${owner} and life = ${life}), 0)`
  const rows = sql`json_each(${JSON.stringify(uses)})`
  const field = (name: string) => sql`value ->> ${sql.raw(`'${name}'`)}`
  /** The uses of one kind of credential, one row for each. (`json_each` has an `id` of its own.) */
  const usesOf = (kind: string): SQL => {
    const credential = field('credential')
    return sql`(
      select substr(${credential}, ${kind.length + 2}) as name,
        sum(${field('requests')}) as requests, max(${field('lastUsedAt')}) as last_used_at
      from ${rows} where ${credential} like ${`${kind} %`} group by 1) as used`
  }
  await deadline(FLUSH_TIMEOUT_MS, () =>
    transact(
      env,
      sql`
        insert into ${usage} (owner, hour, credential, route, status, requests)
        select ${owner}, ${field('hour')}, ${field('credential')}, ${field('route')},
          ${field('status')}, ${field('requests')}
        from ${rows} where ${isNew}
        on conflict do update set requests = requests + excluded.requests`,
      sql`
        update ${apiKeys} set requests = ${apiKeys}.requests + used.requests,
          last_used_at = max(coalesce(${apiKeys}.last_used_at, 0), used.last_used_at)
        from ${usesOf('key')}
        where ${apiKeys}.id = cast(used.name as integer) and account_id = ${owner} and ${isNew}`,
      sql`
        update ${oauthGrants}
        set last_used_at = max(coalesce(${oauthGrants}.last_used_at, 0), used.last_used_at)
        from ${usesOf('grant')}
        where ${oauthGrants}.id = used.name and account_id = ${owner} and ${isNew}`,
      sql`
        insert into ${usageFlushes} (owner, life, flush) values (${owner}, ${life}, ${flush})
        on conflict do update set flush = excluded.flush where excluded.flush > flush`,
    ),
  )
}
