/** Grants in D1: lists what an account has allowed clients. */
import type { Env } from '../env.ts'
import type { GrantListing } from './grantStatements.ts'

// Drizzle and the statements are loaded with the first of them: a call with a leased verdict needs
// neither.
const statements = () => import('./grantStatements.ts')

/** Creates the store of all grants. */
export function createGrantStore() {
  return {
    /**
     * Lists the account's living grants, the newest first: those with a token that is neither used,
     * revoked nor expired at `now` (epoch milliseconds).
     */
    async list(env: Env, accountId: string, now: number): Promise<GrantListing[]> {
      const { selectGrants } = await statements()
      return selectGrants(env, accountId, now)
    },
  }
}
