/**
 * Codes and refresh tokens in D1: each is used once. What claims it and what it is exchanged for are one
 * batch, which is one transaction: of any number of parallel requests one gets a pair, the others nothing.
 */
import { and, eq, isNull, sql } from 'drizzle-orm'
import { ask } from '../ask.ts'
import { primaryReader, transact } from '../db.ts'
import type { Env } from '../env.ts'
import { accounts, oauthClients, oauthCodes, oauthGrants, oauthTokens } from '../schema.ts'

/** A code or refresh token, used or not, with its grant. Times are epoch milliseconds. */
export interface Redeemable {
  hash: string
  grantId: string
  accountId: string
  clientId: string
  scope: string
  resource: string
  /** Whether the client gets a refresh token. */
  refreshes: boolean
  expiresAt: number
  usedAt: number | null
  /** Of the grant. */
  revokedAt: number | null
}

export interface Code extends Redeemable {
  redirectUri: string
  challenge: string
}

/** What a code or refresh token is exchanged for. */
export interface TokenPair {
  access: { hash: string; expiresAt: number }
  refresh: { hash: string; expiresAt: number } | null
}

const GRANT = {
  grantId: oauthGrants.id,
  accountId: oauthGrants.accountId,
  clientId: oauthGrants.clientId,
  scope: oauthGrants.scope,
  resource: oauthGrants.resource,
  refreshes: oauthGrants.refreshes,
  revokedAt: oauthGrants.revokedAt,
}

/** The code with this SHA-256 of an account that is not disabled, or null. */
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

/** The refresh token with this SHA-256 of an account that is not disabled, or null. */
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

/** Exchanges a code for a pair. False: somebody else did, or it is over. */
export function redeemCode(env: Env, code: Code, pair: TokenPair, now: number): Promise<boolean> {
  return exchange(env, oauthCodes, code, pair, now)
}

/** Exchanges a refresh token for a pair. False: somebody else did, or it is over. */
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
  const run = crypto.randomUUID()
  const claim = sql`
    update ${table} set used_at = ${now}, used_by = ${run}
    where hash = ${hash} and used_at is null and expires_at > ${now}
      and exists (select 1 from ${oauthGrants} where id = ${grantId} and revoked_at is null)
    returning hash`
  const isOurs = sql`exists (select 1 from ${table} where hash = ${hash} and used_by = ${run})`
  const issue = (kind: 'access' | 'refresh', token: TokenPair['access']) => sql`
    insert into ${oauthTokens} (hash, kind, grant_id, expires_at)
    select ${token.hash}, ${kind}, ${grantId}, ${token.expiresAt} where ${isOurs}`
  const activate = sql`
    update ${oauthClients} set activated_at = coalesce(activated_at, ${now}), last_used_at = ${now}
    where id = ${clientId} and ${isOurs}`
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
