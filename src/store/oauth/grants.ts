/** Grants in D1: lists what an account has allowed clients, and records when grants are used. */
import { logError } from '../../lib/log.ts'
import type { Env, WaitUntil } from '../env.ts'
import type { GrantListing } from './grantStatements.ts'

// Drizzle and the statements are loaded with the first of them: a call with a leased verdict needs
// neither.
const statements = () => import('./grantStatements.ts')

/** The least time between two writes of a grant's last use, in milliseconds. */
const RECORD_EVERY_MS = 3_600_000
/** The most grants whose last write one isolate remembers. A full memory is emptied. */
const MAX_RECORDED = 20_000

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
      const { selectGrants } = await statements()
      return selectGrants(env, accountId, now)
    },

    /** Writes the last use of a grant in `waitUntil`, at most once in `RECORD_EVERY_MS`. */
    recordUse(env: Env, grantId: string, waitUntil: WaitUntil): void {
      const now = Date.now()
      if (now < (recordedAt.get(grantId) ?? 0) + RECORD_EVERY_MS) return
      if (recordedAt.size >= MAX_RECORDED) recordedAt.clear()
      recordedAt.set(grantId, now)
      const work = async () => {
        const { updateLastUse } = await statements()
        await updateLastUse(env, grantId, now, now - RECORD_EVERY_MS)
      }
      waitUntil(
        work().catch((error) => {
          recordedAt.delete(grantId)
          logError('grant_use_write_failed', error)
        }),
      )
    },
  }
}
