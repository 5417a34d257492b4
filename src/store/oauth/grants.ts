/** Grants in D1: what an account has let clients do, and when it was last made use of. */
import { and, desc, eq, isNull, lt, or, sql } from 'drizzle-orm'
import { logError } from '../../lib/log.ts'
import { ask } from '../ask.ts'
import { primaryReader, writer } from '../db.ts'
import type { Env, WaitUntil } from '../env.ts'
import { oauthGrants, oauthTokens } from '../schema.ts'

export interface GrantListing {
  id: string
  clientId: string
  clientName: string
  scope: string
  resource: string
  createdAt: number
  lastUsedAt: number | null
}

/** The least time between two notes of a grant's use, in milliseconds. */
const RECORD_EVERY_MS = 3_600_000
/** The most grants of which one isolate remembers that it has recordedAt them. */
const MAX_RECORDED = 20_000
/** How many grants a listing shows. */
const MAX_LISTED = 500

export function createGrantStore() {
  const recordedAt = new Map<string, number>()

  return {
    /** The account's grants that still have a token, the newest first. */
    async list(env: Env, accountId: string, now: number): Promise<GrantListing[]> {
      const hasToken = sql`exists (
        select 1 from ${oauthTokens} where grant_id = ${oauthGrants.id} and expires_at > ${now}
          and ${oauthTokens.usedAt} is null and ${oauthTokens.revokedAt} is null)`
      return ask('D1', () =>
        primaryReader(env)
          .select()
          .from(oauthGrants)
          .where(and(eq(oauthGrants.accountId, accountId), isNull(oauthGrants.revokedAt), hasToken))
          .orderBy(desc(oauthGrants.createdAt), desc(oauthGrants.id))
          .limit(MAX_LISTED),
      )
    },

    /** Notes that a grant was used, after the answer, and at most once an hour. */
    recordUse(env: Env, grantId: string, waitUntil: WaitUntil): void {
      const now = Date.now()
      if (now < (recordedAt.get(grantId) ?? 0) + RECORD_EVERY_MS) return
      if (recordedAt.size >= MAX_RECORDED) recordedAt.clear()
      recordedAt.set(grantId, now)
      const isDue = or(
        isNull(oauthGrants.lastUsedAt),
        lt(oauthGrants.lastUsedAt, now - RECORD_EVERY_MS + 1),
      )
      const work = ask('D1', async () =>
        writer(env)
          .update(oauthGrants)
          .set({ lastUsedAt: now })
          .where(and(eq(oauthGrants.id, grantId), isDue)),
      ).catch((error) => {
        recordedAt.delete(grantId)
        logError('grant_use_write_failed', error)
      })
      waitUntil(work)
    },
  }
}
