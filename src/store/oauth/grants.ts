/** Grants in D1: lists what an account has allowed clients, and records when grants are used. */
import { and, desc, eq, isNull, lt, or, sql } from 'drizzle-orm'
import { logError } from '../../lib/log.ts'
import { ask } from '../ask.ts'
import { primaryReader, writer } from '../db.ts'
import type { Env, WaitUntil } from '../env.ts'
import { oauthGrants, oauthTokens } from '../schema.ts'

/** A grant as listings show it. Times are epoch milliseconds. */
export interface GrantListing {
  id: string
  clientId: string
  clientName: string
  scope: string
  resource: string
  createdAt: number
  /** Null: never used. */
  lastUsedAt: number | null
}

/** The least time between two writes of a grant's last use, in milliseconds. */
const RECORD_EVERY_MS = 3_600_000
/** The most grants whose last write one isolate remembers. A full memory is emptied. */
const MAX_RECORDED = 20_000
/** The most grants that a listing shows. */
const MAX_LISTED = 500

/** Creates the store of all grants. */
export function createGrantStore() {
  /** When this isolate last wrote the use of each grant, in epoch milliseconds. */
  const recordedAt = new Map<string, number>()

  return {
    /**
     * Lists the account's living grants, the newest first: those with a token that is neither used,
     * revoked nor expired at `now` (epoch milliseconds).
     */
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

    /** Writes the last use of a grant in `waitUntil`, at most once in `RECORD_EVERY_MS`. */
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
