/** Access tokens in D1, the isolate's leased memory of them, and the end of them. */
import { and, eq, gt, isNull } from 'drizzle-orm'
import { type Eventually, when } from '../../lib/when.ts'
import { ask } from '../ask.ts'
import { primaryReader, writer } from '../db.ts'
import type { Env, WaitUntil } from '../env.ts'
import { createLeasedReader } from '../leasedReader.ts'
import { createLeases } from '../leases.ts'
import { accounts, oauthGrants, oauthTokens } from '../schema.ts'
import { createSecretHasher } from '../secretHasher.ts'

/** What a valid access token stands for. */
export interface TokenHolder {
  accountId: string
  clientId: string
  grantId: string
  scope: string
  /** Where it may be used, URLs with blanks between. */
  audiences: string
  /** Epoch milliseconds. */
  expiresAt: number
}

/** How long an unknown token is remembered, in this isolate only, in milliseconds. */
const UNKNOWN_TOKEN_MS = 2_000
/** The most ended grants that one isolate remembers. */
const MAX_ENDED = 20_000

/** All access tokens. `leaseMs` is how long a verdict about a token may be trusted. */
export function createTokenStore(config: { leaseMs: number }) {
  const { leaseMs } = config
  const leases = createLeases<TokenHolder>({ leaseMs, unknownMs: UNKNOWN_TOKEN_MS })
  const leasedReader = createLeasedReader(leases, leaseMs, read)

  /** One indexed read: the token with this hash, unless it, its grant or its account has ended. */
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
   * Grants that ended here: by name, and not by their tokens, of which a client can make more than one isolate can
   * read or remember.
   */
  const ended = new Set<string>()

  function noteEnd(grantId: string): void {
    ended.add(grantId)
    const [oldest] = ended
    // Its lease has long ended.
    if (ended.size > MAX_ENDED && oldest !== undefined) ended.delete(oldest)
  }

  const hasEnded = ({ expiresAt, grantId }: TokenHolder) =>
    Date.now() >= expiresAt || ended.has(grantId)

  return {
    /** What a presented access token is stored under, or null: it is none of ours. */
    hashOf: createSecretHasher('access_token'),

    /** What the access token with this SHA-256 stands for, or null. No I/O while a verdict is leased. */
    find(env: Env, hash: string, waitUntil: WaitUntil): Eventually<TokenHolder | null> {
      return when(leasedReader.find(env, hash, waitUntil), (holder) =>
        holder === null || hasEnded(holder) ? null : holder,
      )
    },

    /** Whether the token still stands for something, for an open stream. */
    async stillValid(env: Env, hash: string): Promise<boolean> {
      const holder = leases.peek(hash, Date.now())?.value
      if (holder != null && hasEnded(holder)) return false
      return leasedReader.stillValid(env, hash)
    },

    /** The client and the grant of an access or refresh token, whatever its state, or null. */
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

    /** Ends one access token for good: here at once, elsewhere within one lease. */
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
     * Ends a grant, and with it the family of its tokens: here at once, elsewhere within one lease.
     * False: there is no such grant that lives (of this account, if one is given).
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
      noteEnd(grantId)
      return true
    },
  }
}
