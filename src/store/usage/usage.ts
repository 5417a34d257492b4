/** The usage of accounts, as D1 has it by hours. */
import { and, asc, eq, gte, lte, sql } from 'drizzle-orm'
import type { StatusClass } from '../../contract/heartbeat.ts'
import { ask } from '../ask.ts'
import { primaryReader } from '../db.ts'
import type { Env } from '../env.ts'
import { usage } from './schema.ts'

/** The requests of one hour with one credential, for one route, with answers of one class. */
export interface UsageRow {
  /** Hours since the epoch. */
  hour: number
  /** "key 42", "grant grt_…", "session" or "payment". */
  credential: string
  /** The route's id. */
  route: string
  status: StatusClass
  requests: number
}

/** The most rows that one read returns. */
const MAX_ROWS = 50_000

/**
 * Reads the usage of an account, or of a payer by its address, in the hours from `fromHour` to
 * `toHour`, both included and counted since the epoch; the oldest first. Usage that
 * isolates and objects have not written yet is missing: `hearts.flush` writes it.
 */
export async function selectUsage(
  env: Env,
  owner: string,
  fromHour: number,
  toHour: number,
): Promise<UsageRow[]> {
  const { hour, credential, route, status, requests } = usage
  return ask('D1', () =>
    primaryReader(env)
      .select({ hour, credential, route, status, requests })
      .from(usage)
      .where(and(eq(usage.owner, owner), gte(hour, fromHour), lte(hour, toHour)))
      .orderBy(asc(hour))
      .limit(MAX_ROWS),
  )
}

/**
 * Reads how often each credential of an account was used from `fromHour` on, refused requests
 * included: "the old key was used 14 times since 17:00". Credentials that were not used are left
 * out.
 */
export async function selectUses(
  env: Env,
  owner: string,
  fromHour: number,
): Promise<ReadonlyMap<string, number>> {
  const rows = await ask('D1', () =>
    primaryReader(env)
      .select({ credential: usage.credential, requests: sql<number>`sum(${usage.requests})` })
      .from(usage)
      .where(and(eq(usage.owner, owner), gte(usage.hour, fromHour)))
      .groupBy(usage.credential),
  )
  return new Map(rows.map(({ credential, requests }) => [credential, requests]))
}
