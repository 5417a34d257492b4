/** Access tokens in D1, the isolate's leased verdicts on them, and the end of tokens and grants. */
import { and, eq, gt, isNull } from 'drizzle-orm'
import { type Eventually, when } from '../../lib/when.ts'
import { ask } from '../ask.ts'
import { primaryReader, writer } from '../db.ts'
import type { Env, WaitUntil } from '../env.ts'
import { createLeasedReader } from '../leasedReader.ts'
import { createLeases } from '../leases.ts'
import { accounts, oauthGrants, oauthTokens } from '../schema.ts'
import { createSecretHasher } from '../secretHasher.ts'

/** The account, client and grant behind a valid access token. */
export interface TokenHolder {
  accountId: string
  clientId: string
  grantId: string
  /** The granted scopes, separated by spaces. */
  scope: string
  /** The audiences of the token, at which it may be used: URLs separated by spaces. */
  audiences: string
  /** In epoch milliseconds. */
  expiresAt: number
}

/** How long an isolate remembers that a token is unknown, in milliseconds. */
const UNKNOWN_TOKEN_MS = 2_000
/** The most ended grants that one isolate remembers. */
const MAX_ENDED = 20_000

/**
 * Creates the store of all access tokens. `leaseMs` is how long a verdict on a token may be
 * trusted, in milliseconds.
 */
export function createTokenStore(config: { leaseMs: number }) {
  const { leaseMs } = config
  const leases = createLeases<TokenHolder>({ leaseMs, unknownMs: UNKNOWN_TOKEN_MS })
  const leasedReader = createLeasedReader(leases, leaseMs, read)

  /**
   * Reads the holder of the token with this hash: one indexed read. Null if there is no such token,
   * or if the token, its grant or its account has ended.
   */
  async function read(env: Env, hash: string): Promise<TokenHolder | null> {
    const { accountId, clientId, scope, audiences } = oauthGrants
    const { grantId, expiresAt } = oauthTokens
    const rows = await ask('D1', () =>
      primaryReader(env)
        .select({ accountId, clientId, grantId, scope, audiences, expiresAt })
        .from(oauthTokens)
        .innerJoin(oauthGrants, eq(oauthGrants.id, oauthTokens.grantId))
        .innerJoin(accounts, eq(accounts.id, oauthGrants.accountId))
        .where(
          and(
            eq(oauthTokens.hash, hash),
            eq(oauthTokens.kind, 'access'),
            gt(oauthTokens.expiresAt, Date.now()),
            isNull(oauthTokens.revokedAt),
            isNull(oauthGrants.revokedAt),
            isNull(accounts.disabledAt),
          ),
        ),
    )
    return rows[0] ?? null
  }

  /**
   * Grants that were ended in this isolate. Their tokens are not evicted one by one, because a
   * client can make more tokens than an isolate can read or remember.
   */
  const ended = new Set<string>()

  function rememberEnded(grantId: string): void {
    ended.add(grantId)
    const [oldest] = ended
    // The leases of the oldest grant's tokens have long ended.
    if (ended.size > MAX_ENDED && oldest !== undefined) ended.delete(oldest)
  }

  const hasEnded = ({ expiresAt, grantId }: TokenHolder) =>
    Date.now() >= expiresAt || ended.has(grantId)

  return {
    /** The hash that a presented token is stored under, or null if the gateway did not mint it. */
    hashOf: createSecretHasher('access_token'),

    /** Finds the holder of the token with this hash, or null. No I/O while a verdict is leased. */
    find(env: Env, hash: string, waitUntil: WaitUntil): Eventually<TokenHolder | null> {
      return when(leasedReader.find(env, hash, waitUntil), (holder) =>
        holder === null || hasEnded(holder) ? null : holder,
      )
    },

    /** Whether the token with this hash is still valid, for an open stream. */
    async stillValid(env: Env, hash: string): Promise<boolean> {
      const holder = leases.peek(hash, Date.now())?.value
      if (holder != null && hasEnded(holder)) return false
      return leasedReader.stillValid(env, hash)
    },

    /**
     * Finds the kind, client and grant of an access or refresh token, whatever its state. Null if
     * the token is unknown.
     */
    async findGrant(env: Env, hash: string) {
      const rows = await ask('D1', () =>
        primaryReader(env)
          .select({
            kind: oauthTokens.kind,
            grantId: oauthTokens.grantId,
            clientId: oauthGrants.clientId,
          })
          .from(oauthTokens)
          .innerJoin(oauthGrants, eq(oauthGrants.id, oauthTokens.grantId))
          .where(eq(oauthTokens.hash, hash)),
      )
      return rows[0] ?? null
    },

    /** Revokes an access token: at once in this isolate, within one lease in every other. */
    async revoke(env: Env, hash: string): Promise<void> {
      await ask('D1', async () =>
        writer(env)
          .update(oauthTokens)
          .set({ revokedAt: Date.now() })
          .where(and(eq(oauthTokens.hash, hash), isNull(oauthTokens.revokedAt))),
      )
      leases.evict(hash, Date.now())
    },

    /**
     * Ends a grant, and with it the family of its tokens: at once in this isolate, within one lease
     * in every other. Returns false if no living grant has the id, or if it belongs to another
     * account than the given one.
     */
    async endFamily(env: Env, grantId: string, accountId?: string): Promise<boolean> {
      const isMeant = and(
        eq(oauthGrants.id, grantId),
        accountId === undefined ? undefined : eq(oauthGrants.accountId, accountId),
        isNull(oauthGrants.revokedAt),
      )
      const rows = await ask('D1', () =>
        writer(env)
          .update(oauthGrants)
          .set({ revokedAt: Date.now() })
          .where(isMeant)
          .returning({ id: oauthGrants.id }),
      )
      if (rows.length === 0) return false
      rememberEnded(grantId)
      return true
    },
  }
}
