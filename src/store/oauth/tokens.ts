/** Access tokens in D1, the isolate's leased verdicts on them, and the end of tokens and grants. */
import type { Change } from '../../contract/heartbeat.ts'
import { createBoundedMap } from '../../lib/boundedMap.ts'
import { logError } from '../../lib/log.ts'
import { type Eventually, when } from '../../lib/when.ts'
import type { Env, WaitUntil } from '../env.ts'
import { applyChanges, type ChangeFeed } from '../leases/changes.ts'
import { createLeasedReader, type VerdictTimes } from '../leases/leasedReader.ts'
import { createLeases } from '../leases/leases.ts'
import { createSecretHasher } from '../leases/secretHasher.ts'
import { createWatches } from '../leases/watches.ts'
import type { TokenHolder } from './tokenStatements.ts'

// Drizzle and the statements are loaded with the first of them: a call with a leased verdict needs
// neither.
const statements = () => import('./tokenStatements.ts')

/** How long an isolate remembers that a token is unknown, in milliseconds. */
const UNKNOWN_TOKEN_MS = 2_000
/** The most bytes of the ended grants that one isolate remembers: about 10,000 of them. */
const MAX_ENDED_BYTES = 1_048_576
/** The most tokens that one statement marks as arrived. */
const MAX_ARRIVALS = 50

/** Creates the store of all access tokens. */
export function createTokenStore(times: VerdictTimes, feed: ChangeFeed) {
  const { leaseMs } = times
  const unknownMs = Math.min(leaseMs, UNKNOWN_TOKEN_MS)
  const leases = createLeases<TokenHolder>({ leaseMs, unknownMs })
  const leasedReader = createLeasedReader(leases, times, async (env, hash) => {
    const { selectHolder } = await statements()
    return selectHolder(env, hash)
  })
  const watch = createWatches(leases, times, leasedReader.read, feed)

  /**
   * Grants that were ended in this isolate. Their tokens are not evicted one by one, because a
   * client can make more tokens than an isolate can read or remember. Where grants have to make
   * room, the leases of the oldest one's tokens have long ended.
   */
  const ended = createBoundedMap<true>(MAX_ENDED_BYTES, 0)

  const rememberEnded = (grantId: string): void => ended.set(grantId, true)

  const hasEnded = ({ expiresAt, grantId }: TokenHolder, graceMs = 0) =>
    Date.now() >= expiresAt + graceMs || ended.get(grantId) === true

  /** Tokens that were presented here for the first time, and are not yet marked in D1. */
  const arrivals: string[] = []

  return {
    /** The hash that a presented token is stored under, or null if the gateway did not mint it. */
    hashOf: createSecretHasher('access_token'),

    /** Finds the holder of the token with this hash, or null. No I/O while a verdict is leased. */
    find(env: Env, hash: string, waitUntil: WaitUntil): Eventually<TokenHolder | null> {
      return when(leasedReader.find(env, hash, waitUntil), (holder) => {
        if (holder === null || hasEnded(holder)) return null
        if (!holder.hasArrived) {
          holder.hasArrived = true
          arrivals.push(hash)
        }
        return holder
      })
    },

    /**
     * Marks in `waitUntil` the tokens that were found for the first time: their pairs have arrived
     * at their clients. If the write fails, the next read of a token tries again.
     */
    recordArrivals(env: Env, waitUntil: WaitUntil): void {
      if (arrivals.length === 0) return
      const hashes = arrivals.splice(0, MAX_ARRIVALS)
      const work = async () => {
        const { markArrived } = await statements()
        await markArrived(env, hashes)
      }
      waitUntil(work().catch((error) => logError('token_arrival_write_failed', error)))
    },

    /**
     * Starts a watch of the token with this hash, for an answer that is open longer than a lease.
     * An expired token counts as valid for `graceMs` milliseconds more; a revoked one never does.
     */
    watch: (env: Env, hash: string, graceMs = 0) =>
      watch(env, hash, (holder) => hasEnded(holder, graceMs)),

    /**
     * Finds the kind, client and grant of an access or refresh token, whatever its state. Null if
     * the token is unknown.
     */
    async findGrant(env: Env, hash: string) {
      const { selectGrant } = await statements()
      return selectGrant(env, hash)
    },

    /**
     * Revokes an access token of an account: at once in this isolate, in every other with its next
     * heartbeat for the account, and within one lease at the latest.
     */
    async revoke(env: Env, accountId: string, hash: string, waitUntil: WaitUntil): Promise<void> {
      const { revokeToken } = await statements()
      await revokeToken(env, hash)
      leases.evict(hash, Date.now())
      await feed.tell(env, accountId, { kind: 'access_token', id: hash }, waitUntil)
    },

    /** Refuses in this isolate the tokens of grants that another transaction of D1 has ended. */
    forget(grantIds: readonly string[]): void {
      for (const grantId of grantIds) rememberEnded(grantId)
    },

    /**
     * Ends a grant, and with it the family of its tokens: at once in this isolate, in every other
     * with its next heartbeat for the account, and within one lease at the latest. Returns false if
     * no living grant has the id, or if it belongs to another account than the given one.
     */
    async endFamily(
      env: Env,
      grantId: string,
      waitUntil: WaitUntil,
      accountId?: string,
    ): Promise<boolean> {
      const { endGrant } = await statements()
      const owner = await endGrant(env, grantId, accountId)
      if (owner === null) return false
      rememberEnded(grantId)
      await feed.tell(env, owner, { kind: 'grant', id: grantId }, waitUntil)
      return true
    },

    /** Takes over what has changed for an account elsewhere. Null: it may be anything. */
    learn(accountId: string, changes: readonly Change[] | null): void {
      for (const { kind, id } of changes ?? []) if (kind === 'grant') rememberEnded(id)
      applyChanges(leases, 'access_token', accountId, changes, Date.now())
    },
  }
}
