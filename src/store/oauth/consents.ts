/** Consent pages in D1: each is answered once, by the session that it was shown to. */
import { and, eq, gt, inArray, isNull, lt, sql } from 'drizzle-orm'
import { ask } from '../ask.ts'
import { primaryReader, transact, writer } from '../db.ts'
import type { Env } from '../env.ts'
import { oauthCodes, oauthGrants, oauthRequests } from '../schema.ts'

/** What a page asks, and whom. Times are epoch milliseconds. */
export interface ConsentRequest {
  /** SHA-256 of the page's token. */
  hash: string
  sessionId: string
  accountId: string
  clientId: string
  clientName: string
  refreshes: boolean
  redirectUri: string
  state: string | null
  scope: string
  resource: string
  challenge: string
  expiresAt: number
}

/** Whose page it is, as far as its reader knows. */
export type ConsentOwner = Pick<ConsentRequest, 'hash' | 'sessionId' | 'accountId'>

export interface Approval {
  grantId: string
  /** URLs with blanks between. */
  audiences: string
  codeHash: string
  codeExpiresAt: number
}

/** How many old pages go when a new one comes: more than one, so that they never pile up. */
const MAX_GOING = 10

/** Remembers a page that is about to be shown. One takes 16 KB at worst: old ones do not wait for the cron. */
export async function createRequest(env: Env, request: ConsentRequest): Promise<void> {
  const db = writer(env)
  const { hash, expiresAt } = oauthRequests
  const old = db.select({ hash }).from(oauthRequests).where(lt(expiresAt, Date.now()))
  await ask('D1', () =>
    db.batch([
      db.insert(oauthRequests).values(request),
      db.delete(oauthRequests).where(inArray(hash, old.limit(MAX_GOING))),
    ]),
  )
}

/** The unanswered request of this page, session and account, or null. */
export async function findRequest(
  env: Env,
  reader: ConsentOwner,
  now: number,
): Promise<ConsentRequest | null> {
  const rows = await ask('D1', () =>
    primaryReader(env).select().from(oauthRequests).where(isOpen(reader, now)),
  )
  return rows[0] ?? null
}

/** Ends a request without a grant. False: it was answered before. */
export async function denyRequest(env: Env, reader: ConsentOwner, now: number): Promise<boolean> {
  const rows = await ask('D1', () =>
    writer(env)
      .update(oauthRequests)
      .set({ usedAt: now })
      .where(isOpen(reader, now))
      .returning({ hash: oauthRequests.hash }),
  )
  return rows.length > 0
}

/** Turns a request into a grant with a code, once. False: it was answered before. */
export async function approveRequest(
  env: Env,
  request: ConsentRequest,
  approval: Approval,
  now: number,
): Promise<boolean> {
  const { hash, accountId, clientId, clientName, scope, resource, refreshes } = request
  const { grantId, audiences, codeHash, codeExpiresAt } = approval
  const run = crypto.randomUUID()
  const isOurs = sql`exists (select 1 from ${oauthRequests} where hash = ${hash} and used_by = ${run})`
  const use = sql`
    update ${oauthRequests} set used_at = ${now}, used_by = ${run}
    where ${isOpen(request, now)} returning hash`
  const grant = sql`
    insert into ${oauthGrants}
      (id, account_id, client_id, client_name, scope, resource, audiences, refreshes, created_at)
    select ${grantId}, ${accountId}, ${clientId}, ${clientName}, ${scope}, ${resource},
      ${audiences}, ${refreshes ? 1 : 0}, ${now}
    where ${isOurs}`
  const code = sql`
    insert into ${oauthCodes} (hash, grant_id, redirect_uri, challenge, expires_at)
    select ${codeHash}, ${grantId}, ${request.redirectUri}, ${request.challenge}, ${codeExpiresAt}
    where ${isOurs}`
  const [used] = await ask('D1', () => transact(env, use, grant, code))
  return used?.length === 1
}

const isOpen = ({ hash, sessionId, accountId }: ConsentOwner, now: number) =>
  and(
    eq(oauthRequests.hash, hash),
    eq(oauthRequests.sessionId, sessionId),
    eq(oauthRequests.accountId, accountId),
    isNull(oauthRequests.usedAt),
    gt(oauthRequests.expiresAt, now),
  )
