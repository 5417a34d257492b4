/**
 * Deletes rows that strangers caused and that are too many. The place that caused most of them
 * loses first, so that a flood from one place does not push out the rows of others.
 */
import { type SQL, sql } from 'drizzle-orm'
import type { SQLiteTable } from 'drizzle-orm/sqlite-core'
import { writer } from '../db.ts'
import type { Env } from '../env.ts'
import { oauthClients, oauthDocuments } from './clientSchema.ts'

/** The most registered clients that were never used. */
const MAX_UNUSED_CLIENTS = 100_000
/** The most metadata documents that are kept, of 5 KB at most. */
const MAX_DOCUMENTS = 20_000

/** Deletes unused registrations over `most`: the oldest ones of the busiest networks first. */
export function trimRegistrations(env: Env, most = MAX_UNUSED_CLIENTS): Promise<void> {
  const columns = { key: 'id', place: 'network', time: 'created_at' }
  return trim(env, oauthClients, columns, sql`last_used_at is null`, most)
}

/** Deletes documents over `most`: the oldest ones of the busiest hosts first. */
export function trimDocuments(env: Env, most = MAX_DOCUMENTS): Promise<void> {
  const columns = { key: 'url', place: 'host', time: 'fetched_at' }
  return trim(env, oauthDocuments, columns, sql`true`, most)
}

async function trim(
  env: Env,
  table: SQLiteTable,
  columns: { key: string; place: string; time: string },
  condition: SQL,
  most: number,
): Promise<void> {
  const [key, place, time] = [columns.key, columns.place, columns.time].map((name) => sql.raw(name))
  const db = writer(env)
  const counted = sql`select count(*) as n from ${table} where ${condition}`
  const [row] = await db.all<{ n: number }>(counted)
  const excess = (row?.n ?? 0) - most
  if (excess <= 0) return
  // A row's age rank is its number among its place's rows, the newest first: the highest ranks are
  // the oldest rows of the places with the most rows.
  await db.run(sql`
    delete from ${table} where ${condition} and ${key} in (
      select ${key} from (
        select ${key}, ${time},
          row_number() over (partition by ${place} order by ${time} desc, ${key}) as age_rank
        from ${table} where ${condition})
      order by age_rank desc, ${time} limit ${excess})`)
}
