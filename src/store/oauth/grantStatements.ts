/** The SQL of grants: an account's list of them. */
import { and, desc, eq, isNull, sql } from 'drizzle-orm'
import { ask } from '../ask.ts'
import { primaryReader } from '../db.ts'
import type { Env } from '../env.ts'
import { MOST_LISTED } from '../listed.ts'
import { oauthGrants, oauthTokens } from './schema.ts'

/** A grant as listings show it. Times are epoch milliseconds. */
export interface GrantListing {
  id: string
  clientId: string
  clientName: string
  scope: string
  resource: string
  /** The URLs that its tokens open, separated by blanks. */
  audiences: string
  createdAt: number
  /** Null: never used. */
  lastUsedAt: number | null
}

/** Reads an account's living grants, the newest first. */
export async function selectGrants(
  env: Env,
  accountId: string,
  now: number,
): Promise<GrantListing[]> {
  const hasToken = sql`exists (
    select 1 from ${oauthTokens} where grant_id = ${oauthGrants.id} and expires_at > ${now}
      and ${oauthTokens.usedAt} is null and ${oauthTokens.revokedAt} is null)`
  return ask('D1', () =>
    primaryReader(env)
      .select()
      .from(oauthGrants)
      .where(and(eq(oauthGrants.accountId, accountId), isNull(oauthGrants.revokedAt), hasToken))
      .orderBy(desc(oauthGrants.createdAt), desc(oauthGrants.id))
      .limit(MOST_LISTED.grants),
  )
}
