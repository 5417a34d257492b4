/** The SQL of access tokens, and of the end of tokens and grants. */
import { and, eq, inArray, isNull, sql } from 'drizzle-orm'
import { ask } from '../ask.ts'
import { primaryReader, writer } from '../db.ts'
import type { Env } from '../env.ts'
import { accounts } from '../schema.ts'
import { oauthGrants, oauthTokens } from './schema.ts'

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
  /** Whether the token is known to have been presented. */
  hasArrived: boolean
}

/**
 * Reads the holder of the access token with this hash, expired or not: one indexed read. Null if
 * there is no such token, or if the token was revoked, or its grant or its account has ended.
 */
export async function selectHolder(env: Env, hash: string): Promise<TokenHolder | null> {
  const { accountId, clientId, scope, audiences } = oauthGrants
  const { grantId, expiresAt } = oauthTokens
  const hasArrived = sql<boolean>`${oauthTokens.arrivedAt} is not null`.mapWith(Boolean)
  const rows = await ask('D1', () =>
    primaryReader(env)
      .select({ accountId, clientId, grantId, scope, audiences, expiresAt, hasArrived })
      .from(oauthTokens)
      .innerJoin(oauthGrants, eq(oauthGrants.id, oauthTokens.grantId))
      .innerJoin(accounts, eq(accounts.id, oauthGrants.accountId))
      .where(
        and(
          eq(oauthTokens.hash, hash),
          eq(oauthTokens.kind, 'access'),
          isNull(oauthTokens.revokedAt),
          isNull(oauthGrants.revokedAt),
          isNull(accounts.disabledAt),
        ),
      ),
  )
  return rows[0] ?? null
}

/** Reads the kind, grant, account and client of a token of any state; null for an unknown one. */
export async function selectGrant(env: Env, hash: string) {
  const rows = await ask('D1', () =>
    primaryReader(env)
      .select({
        kind: oauthTokens.kind,
        grantId: oauthTokens.grantId,
        accountId: oauthGrants.accountId,
        clientId: oauthGrants.clientId,
      })
      .from(oauthTokens)
      .innerJoin(oauthGrants, eq(oauthGrants.id, oauthTokens.grantId))
      .where(eq(oauthTokens.hash, hash)),
  )
  return rows[0] ?? null
}

/** Marks access tokens as presented, each once. */
export async function markArrived(env: Env, hashes: string[]): Promise<void> {
  await ask('D1', async () =>
    writer(env)
      .update(oauthTokens)
      .set({ arrivedAt: Date.now() })
      .where(and(inArray(oauthTokens.hash, hashes), isNull(oauthTokens.arrivedAt))),
  )
}

/** Marks one token as revoked. */
export async function revokeToken(env: Env, hash: string): Promise<void> {
  await ask('D1', async () =>
    writer(env)
      .update(oauthTokens)
      .set({ revokedAt: Date.now() })
      .where(and(eq(oauthTokens.hash, hash), isNull(oauthTokens.revokedAt))),
  )
}

/**
 * Ends a living grant, of this account if one is given. Returns the grant's account; null if there
 * is no such grant.
 */
export async function endGrant(
  env: Env,
  grantId: string,
  accountId?: string,
): Promise<string | null> {
  const rows = await ask('D1', () =>
    writer(env)
      .update(oauthGrants)
      .set({ revokedAt: Date.now() })
      .where(
        and(
          eq(oauthGrants.id, grantId),
          accountId === undefined ? undefined : eq(oauthGrants.accountId, accountId),
          isNull(oauthGrants.revokedAt),
        ),
      )
      .returning({ accountId: oauthGrants.accountId }),
  )
  return rows[0]?.accountId ?? null
}
