/** Moves usage that has aged into rows of days and months. Run by the cron, hourly. */
import { sql } from 'drizzle-orm'
import { transact, writer } from '../db.ts'
import type { Env } from '../env.ts'
import { type Bucket, hourOfUse, mergedBuckets } from './buckets.ts'
import { usage } from './schema.ts'

/** The most rows that one transaction moves. */
const MAX_ROWS = 5_000
/** The most transactions of one run; the next run goes on. */
const MAX_PASSES = 40

/**
 * Merges the rows of all days and months that are old enough at `now` (epoch milliseconds). A
 * transaction adds rows to that of their bucket and deletes them, so that no request is counted
 * twice or lost, whatever fails; what an object writes later is merged by a later run.
 */
export async function mergeUsage(env: Env, now: number): Promise<void> {
  let passes = 0
  for (const bucket of await unmerged(env, mergedBuckets(hourOfUse(now)))) {
    do {
      if (passes === MAX_PASSES) return
      passes += 1
    } while (await mergeSome(env, bucket))
  }
}

/** The buckets that have rows beside their own ones, found by one look into the index for each. */
export async function unmerged(env: Env, buckets: readonly Bucket[]): Promise<Bucket[]> {
  return writer(env).all<Bucket>(sql`
    select value ->> 'start' as start, value ->> 'end' as end
    from json_each(${JSON.stringify(buckets)})
    where exists (select 1 from ${usage} where hour > value ->> 'start' and hour < value ->> 'end')
    limit ${MAX_PASSES}`)
}

/** Merges some rows of a bucket. Returns whether there may be more. */
async function mergeSome(env: Env, { start, end }: Bucket): Promise<boolean> {
  const some = sql`
    select rowid from ${usage} where hour > ${start} and hour < ${end} order by hour limit ${MAX_ROWS}`
  const [, moved = []] = await transact(
    env,
    sql`
      insert into ${usage} (owner, hour, credential, route, status, requests)
      select owner, ${start}, credential, route, status, sum(requests) from ${usage}
      where rowid in (${some}) group by owner, credential, route, status
      on conflict do update set requests = requests + excluded.requests`,
    sql`delete from ${usage} where rowid in (${some}) returning 1`,
  )
  return moved.length === MAX_ROWS
}
