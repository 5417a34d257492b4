/** The usage of accounts, as D1 has it: sums for a page, and rows for a file. */
import { type SQL, sql } from 'drizzle-orm'
import type { StatusClass } from '../../contract/heartbeat.ts'
import { ask } from '../ask.ts'
import { primaryReader } from '../db.ts'
import type { Env } from '../env.ts'
import type { Bucket, BucketSize } from './buckets.ts'
import { usage } from './schema.ts'

/** The part of the usage that is wanted; null: all of it. */
export interface UsageFilter {
  /** "key 42", "grant grt_…" or "session". */
  credential: string | null
  /** The route's id. */
  route: string | null
  status: StatusClass | null
}

/** The requests of one class of answers in one bucket, for one route, or with one credential. */
export interface UsageSum {
  by: 'bucket' | 'route' | 'credential'
  /** The first hour of the bucket, the route's id, or the credential. */
  name: string
  status: StatusClass
  requests: number
}

/** The sums of a time. */
export interface UsageSums {
  sums: UsageSum[]
  /**
   * The first hour that is in the sums, if there is too much usage to read all of it; null: all of
   * it is in them.
   */
  cutAt: number | null
}

/** The usage of one bucket with one credential, for one route, with answers of one class. */
export interface UsageRow {
  credential: string
  route: string
  status: StatusClass
  requests: number
}

/** The most rows that are read for the sums of a time. */
export const MAX_ROWS_READ = 100_000

/** The first hour of the bucket that a row is in. */
const BUCKET = {
  hour: sql`hour`,
  day: sql`hour - hour % 24`,
  month: sql`cast(strftime('%s', hour * 3600, 'unixepoch', 'start of month') as integer) / 3600`,
} as const satisfies Record<BucketSize, SQL>

/**
 * Adds up the usage of an account in a time, by buckets, routes and credentials. Reads at most
 * `limit` rows, the latest first. Usage that isolates and objects have not written yet is missing:
 * `hearts.flush` writes it. Throws service_unavailable.
 */
export async function sumUsage(
  env: Env,
  owner: string,
  { start, end }: Bucket,
  size: BucketSize,
  filter: UsageFilter,
  limit: number = MAX_ROWS_READ,
): Promise<UsageSums> {
  const by = (name: UsageSum['by'], column: SQL) => sql`
    select ${name} as "by", ${column} as name, status, sum(requests) as requests
    from cells where ${matches(filter)} group by 2, 3`
  // Rows are added up once, and the sums are made of few cells.
  const rows = await ask('D1', () =>
    primaryReader(env).all<{ by: string; name: unknown; status: string; requests: number }>(sql`
      with cells as materialized (
        select ${BUCKET[size]} as bucket, credential, route, status, sum(requests) as requests,
          count(*) as scanned, min(hour) as earliest
        from (select hour, credential, route, status, requests from ${usage}
          where owner = ${owner} and hour >= ${start} and hour < ${end}
          order by hour desc limit ${limit})
        group by 1, 2, 3, 4)
      ${by('bucket', sql`bucket`)}
      union all ${by('route', sql`route`)}
      union all ${by('credential', sql`credential`)}
      union all select 'scanned', min(earliest), '', sum(scanned) from cells`),
  )
  const scanned = rows.pop()
  return {
    sums: rows.map((row) => ({ ...row, name: String(row.name) }) as UsageSum),
    cutAt: (scanned?.requests ?? 0) < limit ? null : Number(scanned?.name),
  }
}

/**
 * Reads the usage of an account in one bucket: the rows that follow `after` (null: all), the first
 * `limit` of them, by credential, route and class. Throws service_unavailable.
 */
export async function selectUsage(
  env: Env,
  owner: string,
  { start, end }: Bucket,
  filter: UsageFilter,
  limit: number,
  after: UsageRow | null,
): Promise<UsageRow[]> {
  const place = sql`credential, route, status`
  const follows =
    after === null
      ? sql`true`
      : sql`(${place}) > (${after.credential}, ${after.route}, ${after.status})`
  return ask('D1', () =>
    primaryReader(env).all<UsageRow>(sql`
      select ${place}, sum(requests) as requests from ${usage}
      where owner = ${owner} and hour >= ${start} and hour < ${end}
        and ${matches(filter)} and ${follows}
      group by ${place} order by ${place} limit ${limit}`),
  )
}

const matches = ({ credential, route, status }: UsageFilter) => sql`
  (${credential} is null or credential = ${credential})
  and (${route} is null or route = ${route})
  and (${status} is null or status = ${status})`
