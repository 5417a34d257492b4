/**
 * Codes and refresh tokens in D1, each of which is used once. The claim of a code or token and the
 * pair that it is exchanged for are written in one transaction, so that of any number of parallel
 * requests one gets a pair and the others get nothing.
 */
import { and, eq, isNull, sql } from 'drizzle-orm'
import { ask } from '../ask.ts'
import { primaryReader, transact } from '../db.ts'
import type { Env } from '../env.ts'
import { accounts, oauthCodes, oauthGrants, oauthTokens } from '../schema.ts'
import { oauthClients } from './clientSchema.ts'

/** A code or a refresh token, used or not, with its grant. Times are epoch milliseconds. */
export interface Redeemable {
  /** The hexadecimal SHA-256 of the code or token. */
  hash: string
  grantId: string
  accountId: string
  clientId: string
  scope: string
  resource: string
  /** Whether the client gets a refresh token. */
  refreshes: boolean
  expiresAt: number
  /** Null: not used yet. */
  usedAt: number | null
  /** When the grant was ended, or null. */
  revokedAt: number | null
}

/** A code, with what its exchange must match. */
export interface Code extends Redeemable {
  redirectUri: string
  /** The PKCE code challenge. */
  challenge: string
}

/** The tokens that a code or refresh token is exchanged for, as they are stored. */
export interface TokenPair {
  access: { hash: string; expiresAt: number }
  refresh: { hash: string; expiresAt: number } | null
}

/** The columns of a grant that every look-up selects. */
const GRANT = {
  grantId: oauthGrants.id,
  accountId: oauthGrants.accountId,
  clientId: oauthGrants.clientId,
  scope: oauthGrants.scope,
  resource: oauthGrants.resource,
  refreshes: oauthGrants.refreshes,
  revokedAt: oauthGrants.revokedAt,
}

/** Finds the code with this hash, used or not. Null if it is unknown or its account is disabled. */
export async function findCode(env: Env, hash: string): Promise<Code | null> {
  const { redirectUri, challenge, expiresAt, usedAt } = oauthCodes
  const rows = await ask('D1', () =>
    primaryReader(env)
      .select({ hash: oauthCodes.hash, redirectUri, challenge, expiresAt, usedAt, ...GRANT })
      .from(oauthCodes)
      .innerJoin(oauthGrants, eq(oauthGrants.id, oauthCodes.grantId))
      .innerJoin(accounts, eq(accounts.id, oauthGrants.accountId))
      .where(and(eq(oauthCodes.hash, hash), isNull(accounts.disabledAt))),
  )
  return rows[0] ?? null
}

/**
 * Finds the refresh token with this hash, used or not. Null if it is unknown or its account is
 * disabled.
 */
export async function findRefreshToken(env: Env, hash: string): Promise<Redeemable | null> {
  const { expiresAt, usedAt } = oauthTokens
  const rows = await ask('D1', () =>
    primaryReader(env)
      .select({ hash: oauthTokens.hash, expiresAt, usedAt, ...GRANT })
      .from(oauthTokens)
      .innerJoin(oauthGrants, eq(oauthGrants.id, oauthTokens.grantId))
      .innerJoin(accounts, eq(accounts.id, oauthGrants.accountId))
      .where(
        and(
          eq(oauthTokens.hash, hash),
          eq(oauthTokens.kind, 'refresh'),
          isNull(accounts.disabledAt),
        ),
      ),
  )
  return rows[0] ?? null
}

/**
 * Exchanges a code for a pair of tokens. Returns false, and stores nothing, if the code was used
 * before or has expired, or its grant has ended.
 */
export function redeemCode(env: Env, code: Code, pair: TokenPair, now: number): Promise<boolean> {
  return exchange(env, oauthCodes, code, pair, now)
}

/**
 * Exchanges a refresh token for a pair of tokens. Returns false, and stores nothing, if the token
 * was used before or has expired, or its grant has ended.
 */
export function rotateRefreshToken(
  env: Env,
  token: Redeemable,
  pair: TokenPair,
  now: number,
): Promise<boolean> {
  return exchange(env, oauthTokens, token, pair, now)
}

async function exchange(
  env: Env,
  table: typeof oauthCodes | typeof oauthTokens,
  { hash, grantId, clientId }: Redeemable,
  { access, refresh }: TokenPair,
  now: number,
): Promise<boolean> {
  // The other statements take effect only if the first one has claimed the code or token.
  const usedBy = crypto.randomUUID()
  const claim = sql`
    update ${table} set used_at = ${now}, used_by = ${usedBy}
    where hash = ${hash} and used_at is null and expires_at > ${now}
      and exists (select 1 from ${oauthGrants} where id = ${grantId} and revoked_at is null)
    returning hash`
  const isClaimedHere = sql`
    exists (select 1 from ${table} where hash = ${hash} and used_by = ${usedBy})`
  const issue = (kind: 'access' | 'refresh', token: TokenPair['access']) => sql`
    insert into ${oauthTokens} (hash, kind, grant_id, expires_at)
    select ${token.hash}, ${kind}, ${grantId}, ${token.expiresAt}
    where ${isClaimedHere}`
  const activate = sql`
    update ${oauthClients} set activated_at = coalesce(activated_at, ${now}), last_used_at = ${now}
    where id = ${clientId} and ${isClaimedHere}`
  const [claimed] = await ask('D1', () =>
    transact(
      env,
      claim,
      issue('access', access),
      ...(refresh === null ? [] : [issue('refresh', refresh)]),
      activate,
    ),
  )
  return claimed?.length === 1
}
