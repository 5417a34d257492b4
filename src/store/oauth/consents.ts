/** Consent pages in D1. Each page is answered once, by the session that it was shown to. */
import { and, eq, gt, inArray, isNull, lt, sql } from 'drizzle-orm'
import { ask } from '../ask.ts'
import { primaryReader, transact, writer } from '../db.ts'
import type { Env } from '../env.ts'
import { accounts } from '../schema.ts'
import { oauthCodes, oauthGrants, oauthRequests } from './schema.ts'

/** A consent page: a client's request, and the person that is asked. Times: epoch milliseconds. */
export interface ConsentRequest {
  /** The hexadecimal SHA-256 of the page's token. */
  hash: string
  sessionId: string
  accountId: string
  clientId: string
  clientName: string
  /** Whether the client gets refresh tokens. */
  refreshes: boolean
  redirectUri: string
  /** The client's own `state`, or null. */
  state: string | null
  scope: string
  resource: string
  /** The PKCE code challenge. */
  challenge: string
  expiresAt: number
}

/** A page that was shown, answered or not. */
export interface ShownRequest extends ConsentRequest {
  /** The approved scopes, separated by blanks; "" for a refusal; null: not answered. */
  answer: string | null
  /** In epoch milliseconds, or null. */
  usedAt: number | null
  /** The id of the secret that the code was derived with, or null. */
  usedWith: string | null
  /** When the answer is known to have been made in time, or null. */
  answeredAt: number | null
}

/** The page that is answered, with the session and the account that answer it. */
export type ConsentOwner = Pick<ConsentRequest, 'hash' | 'sessionId' | 'accountId'>

/** The grant and the code that an approval creates. */
export interface Approval {
  grantId: string
  /** The scopes that the person left ticked, separated by spaces. */
  scope: string
  /** The hexadecimal SHA-256 of the code. */
  codeHash: string
  /** The id of the secret that the code was derived with. */
  kid: string
  /** In epoch milliseconds. */
  codeExpiresAt: number
}

/** How many expired pages each new page deletes: more than one, so that they never pile up. */
const MAX_DELETED = 10

/**
 * Stores a page that is about to be shown, and deletes some that have expired. Expired pages do not
 * wait for the cron, because a page can take 16 KB.
 */
export async function createRequest(env: Env, request: ConsentRequest): Promise<void> {
  const db = writer(env)
  const { hash, expiresAt } = oauthRequests
  const old = db.select({ hash }).from(oauthRequests).where(lt(expiresAt, Date.now()))
  await ask('D1', () =>
    db.batch([
      db.insert(oauthRequests).values(request),
      db.delete(oauthRequests).where(inArray(hash, old.limit(MAX_DELETED))),
    ]),
  )
}

/** Finds the request of this page, session and account, answered or not; null if it has expired. */
export async function findRequest(
  env: Env,
  owner: ConsentOwner,
  now: number,
): Promise<ShownRequest | null> {
  const rows = await ask('D1', () =>
    primaryReader(env).select().from(oauthRequests).where(isOwn(owner, now)),
  )
  return rows[0] ?? null
}

/** Ends a request without a grant. Returns false if it was answered before, or has expired. */
export async function denyRequest(env: Env, owner: ConsentOwner, now: number): Promise<boolean> {
  const rows = await ask('D1', () =>
    writer(env)
      .update(oauthRequests)
      .set({ usedAt: now, answer: '' })
      .where(isOpen(owner, now))
      .returning({ hash: oauthRequests.hash }),
  )
  return rows.length > 0
}

/**
 * Turns a request into a grant with a code, once. Returns false, and changes nothing, if the
 * request was answered before or has expired, or the account is disabled.
 */
export async function approveRequest(
  env: Env,
  request: ConsentRequest,
  approval: Approval,
  now: number,
): Promise<boolean> {
  const { hash, accountId, clientId, clientName, resource, refreshes } = request
  const { grantId, scope, codeHash, codeExpiresAt, kid } = approval
  // The grant and the code are inserted only if the first statement has used the request.
  const usedBy = crypto.randomUUID()
  const isUsedHere = sql`
    exists (select 1 from ${oauthRequests} where hash = ${hash} and used_by = ${usedBy})`
  const use = sql`
    update ${oauthRequests}
    set used_at = ${now}, used_by = ${usedBy}, used_with = ${kid}, answer = ${scope}
    where ${isOpen(request, now)} and exists (
      select 1 from ${accounts} where id = ${accountId} and disabled_at is null)
    returning hash`
  const grant = sql`
    insert into ${oauthGrants}
      (id, account_id, client_id, client_name, scope, resource, audiences, refreshes, created_at)
    select ${grantId}, ${accountId}, ${clientId}, ${clientName}, ${scope}, ${resource},
      ${resource}, ${refreshes ? 1 : 0}, ${now}
    where ${isUsedHere}`
  const code = sql`
    insert into ${oauthCodes} (hash, grant_id, redirect_uri, challenge, expires_at)
    select ${codeHash}, ${grantId}, ${request.redirectUri}, ${request.challenge}, ${codeExpiresAt}
    where ${isUsedHere}`
  const [used] = await ask('D1', () => transact(env, use, grant, code))
  return used?.length === 1
}

/** Notes that the answer to a page was made in time. */
export async function markRequestAnswered(env: Env, hash: string): Promise<void> {
  await ask('D1', async () =>
    writer(env)
      .update(oauthRequests)
      .set({ answeredAt: Date.now() })
      .where(and(eq(oauthRequests.hash, hash), isNull(oauthRequests.answeredAt))),
  )
}

const isOpen = (owner: ConsentOwner, now: number) =>
  and(isOwn(owner, now), isNull(oauthRequests.usedAt))

const isOwn = ({ hash, sessionId, accountId }: ConsentOwner, now: number) =>
  and(
    eq(oauthRequests.hash, hash),
    eq(oauthRequests.sessionId, sessionId),
    eq(oauthRequests.accountId, accountId),
    gt(oauthRequests.expiresAt, now),
  )
