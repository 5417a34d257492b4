/**
 * Codes and refresh tokens in D1, each of which is used once. The claim of a code or token and the
 * pair that it is exchanged for are written in one transaction, so that of any number of parallel
 * requests one stores a pair and the others store nothing.
 */
import { and, eq, inArray, isNull, sql } from 'drizzle-orm'
import { ask } from '../ask.ts'
import { primaryReader, transact, writer } from '../db.ts'
import type { Env } from '../env.ts'
import { accounts } from '../schema.ts'
import { oauthClients } from './clientSchema.ts'
import { oauthCodes, oauthGrants, oauthTokens } from './schema.ts'

/** Which of the two a client presents. */
export type RedeemableKind = 'code' | 'refresh_token'

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
  /** The id of the secret that its pair was derived with, or null. */
  usedWith: string | null
  /** When the grant was ended, or null. */
  revokedAt: number | null
}

/** A code, with what its exchange must match. */
export interface Code extends Redeemable {
  redirectUri: string
  /** The PKCE code challenge. */
  challenge: string
  /** When the answer with the code's pair is known to have been made in time, or null. */
  answeredAt: number | null
}

/** The tokens that a code or refresh token is exchanged for, as they are stored. */
export interface TokenPair {
  access: { hash: string; expiresAt: number }
  refresh: { hash: string; expiresAt: number } | null
  /** The id of the secret that they were derived with. */
  kid: string
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
  const { hash: key, redirectUri, challenge, expiresAt, usedAt, usedWith, answeredAt } = oauthCodes
  const rows = await ask('D1', () =>
    primaryReader(env)
      .select({
        hash: key,
        redirectUri,
        challenge,
        expiresAt,
        usedAt,
        usedWith,
        answeredAt,
        ...GRANT,
      })
      .from(oauthCodes)
      .innerJoin(oauthGrants, eq(oauthGrants.id, oauthCodes.grantId))
      .innerJoin(accounts, eq(accounts.id, oauthGrants.accountId))
      .where(and(eq(key, hash), isNull(accounts.disabledAt))),
  )
  return rows[0] ?? null
}

/**
 * Finds the refresh token with this hash, used or not. Null if it is unknown or its account is
 * disabled.
 */
export async function findRefreshToken(env: Env, hash: string): Promise<Redeemable | null> {
  const { expiresAt, usedAt, usedWith } = oauthTokens
  const rows = await ask('D1', () =>
    primaryReader(env)
      .select({ hash: oauthTokens.hash, expiresAt, usedAt, usedWith, ...GRANT })
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

/** The state of a stored pair. Times are epoch milliseconds. */
export interface PairState {
  accessExpiresAt: number
  /** Whether a token of the pair has been used, or ended by its client. */
  hasArrived: boolean
  /** Whether its refresh token was used, or its access token was ended by the client. */
  isOver: boolean
}

/** Reads what has become of a stored pair; null if it is not stored. */
export async function findPair(
  env: Env,
  pair: { access: { hash: string }; refresh: { hash: string } | null },
): Promise<PairState | null> {
  const { hash, expiresAt, usedAt, arrivedAt, revokedAt } = oauthTokens
  const hashes = [pair.access.hash, ...(pair.refresh === null ? [] : [pair.refresh.hash])]
  const rows = await ask('D1', () =>
    primaryReader(env)
      .select({ hash, expiresAt, usedAt, arrivedAt, revokedAt })
      .from(oauthTokens)
      .where(inArray(hash, hashes)),
  )
  const access = rows.find((row) => row.hash === pair.access.hash)
  if (access === undefined || rows.length < hashes.length) return null
  const isOver = rows.some((row) => row.usedAt !== null || row.revokedAt !== null)
  const hasArrived = isOver || access.arrivedAt !== null
  return { accessExpiresAt: access.expiresAt, hasArrived, isOver }
}

/** Notes that the answer with a code's pair was made in time. */
export async function markAnswered(env: Env, hash: string): Promise<void> {
  await ask('D1', async () =>
    writer(env)
      .update(oauthCodes)
      .set({ answeredAt: Date.now() })
      .where(and(eq(oauthCodes.hash, hash), isNull(oauthCodes.answeredAt))),
  )
}

/**
 * Exchanges a code or a refresh token for a pair of tokens. Returns false, and stores nothing, if
 * it was used before or has expired, or its grant has ended.
 */
export async function redeem(
  env: Env,
  kind: RedeemableKind,
  { hash, grantId, clientId }: Redeemable,
  { access, refresh, kid }: TokenPair,
  now: number,
): Promise<boolean> {
  const table = kind === 'code' ? oauthCodes : oauthTokens
  // The other statements take effect only if the first one has claimed the code or token.
  const usedBy = crypto.randomUUID()
  const claim = sql`
    update ${table} set used_at = ${now}, used_by = ${usedBy}, used_with = ${kid}
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
