/** The exchange of a code or a refresh token for a pair of tokens, the same for both. */
import { type DerivingKey, deriveSecret } from '../../credentials/derived.ts'
import { type MintedSecret, mintedHash } from '../../credentials/minted.ts'
import type { OAuthClient } from '../../credentials/oauth/client.ts'
import { decideReuse } from '../../credentials/oauth/retry.ts'
import { Problem } from '../../http/problem.ts'
import { logError } from '../../lib/log.ts'
import type { Call } from '../../pipeline/call.ts'
import { STORE_TIMEOUT_MS } from '../../store/ask.ts'
import { derivingKeysOf, type Env, tagKeysOf } from '../../store/env.ts'
import {
  findPair,
  markAnswered,
  type Redeemable,
  type RedeemableKind,
  redeem,
} from '../../store/oauth/exchange.ts'
import { NO_STORE, type OAuthContext } from './endpoint.ts'

/** The context of one exchange. */
export interface Exchange extends OAuthContext {
  call: Call
  client: OAuthClient
}

/** The code or refresh token that a client presents. */
export interface Presented<R extends Redeemable> {
  kind: RedeemableKind
  value: string
  find: (env: Env, hash: string) => Promise<R | null>
  /** Throws unless the rest of the request matches what was found. */
  check: (found: R) => Promise<void>
  /** Whether its pair is known to have been answered in time. */
  isAnswered: (found: R) => boolean
}

/** The two tokens that follow from what is presented. */
interface DerivedPair {
  kid: string
  access: MintedSecret
  refresh: MintedSecret | null
}

/**
 * A request that has used a code is answered, or has failed, within this time after the use: the
 * deadline of the store, and half a second for everything else. In milliseconds.
 */
const ANSWERED_WITHIN_MS = STORE_TIMEOUT_MS + 500
/** The first pause before a code is read again, in milliseconds. Each later one is longer. */
const FIRST_PAUSE_MS = 50

/**
 * The answer with the pair, new or the same again. Throws what `check` throws; invalid_grant; and
 * rate_limit_exceeded, before anything is looked up, for a code or token that is presented too
 * often. A text without a tag of the gateway counts for its sender's address, and is not looked up.
 */
export async function exchangeOnce<R extends Redeemable>(
  exchange: Exchange,
  presented: Presented<R>,
): Promise<Response> {
  const { call, client, isolate } = exchange
  const hash = await mintedHash(presented.kind, presented.value, await tagKeysOf(call.env))
  if (hash === null) {
    isolate.refusals.take(call)
    throw new Problem('invalid_grant')
  }
  isolate.presented.take(hash)
  const found = await presented.find(call.env, hash)
  if (found === null || found.clientId !== client.id) throw new Problem('invalid_grant')
  await presented.check(found)
  if (found.usedAt !== null) return answerReuse(exchange, presented, found, found.usedAt)
  const answer = await issue(exchange, presented, found)
  if (answer !== null) return answer
  const after = await presented.find(call.env, hash)
  if (after === null || after.usedAt === null) throw new Problem('invalid_grant')
  return answerReuse(exchange, presented, after, after.usedAt)
}

/**
 * Stores the pair of an unused code or token, and answers with it. Null if another request was
 * faster, or if the code, token or grant has ended. Only a pair that is stored counts against the
 * account's limit; over the limit it throws rate_limit_exceeded.
 */
async function issue<R extends Redeemable>(
  { call, oauth, isolate }: Exchange,
  { kind, value }: Presented<R>,
  found: R,
): Promise<Response | null> {
  const now = Date.now()
  const subject = `account ${found.accountId}`
  const [key] = await derivingKeysOf(call.env)
  if (key === undefined || now >= found.expiresAt) return null
  isolate.tokenPairs.check(subject)
  const pair = await derivePair(value, found, key)
  const expiresAt = now + oauth.accessMs
  const stored = {
    kid: key.kid,
    access: { hash: pair.access.hash, expiresAt },
    refresh: pair.refresh && { hash: pair.refresh.hash, expiresAt: now + oauth.refreshMs },
  }
  if (!(await redeem(call.env, kind, found, stored, now))) return null
  isolate.tokenPairs.count(subject)
  return answerWith(call, kind, found, pair, oauth.accessMs)
}

/** Answers a code or token that was used at `usedAt` (epoch milliseconds). */
async function answerReuse<R extends Redeemable>(
  exchange: Exchange,
  presented: Presented<R>,
  found: R,
  usedAt: number,
): Promise<Response> {
  const { call, oauth, isolate } = exchange
  const { kind, value } = presented
  const { grantId, hash, usedWith, revokedAt } = found
  if (revokedAt !== null) throw new Problem('invalid_grant')
  const isAnswered = await awaitAnswer(call, presented, found, usedAt)
  const key = (await derivingKeysOf(call.env)).find(({ kid }) => kid === usedWith)
  const pair = key && (await derivePair(value, found, key))
  const state = pair === undefined ? null : await findPair(call.env, pair)
  const now = Date.now()
  const ageMs = now - usedAt
  const decision = decideReuse({ kind, ageMs, isAnswered, pair: state }, oauth.leewayMs)
  if (decision === 'repeat' && pair !== undefined && state !== null)
    return answerWith(call, kind, { ...found, hash }, pair, state.accessExpiresAt - now)
  // The sender has proved to be the client, so no stranger can end a family by guessing.
  if (decision === 'end') await isolate.tokens.endFamily(call.env, grantId, call.waitUntil)
  throw new Problem('invalid_grant')
}

/**
 * Whether the request that used a code was answered in time. Waits until that is known: a request
 * that failed leaves no mark, because its isolate may be gone.
 */
async function awaitAnswer<R extends Redeemable>(
  { env }: Call,
  { find, isAnswered }: Presented<R>,
  found: R,
  usedAt: number,
): Promise<boolean> {
  let current: R | null = found
  let leftMs = ANSWERED_WITHIN_MS - Math.max(0, Date.now() - usedAt)
  for (let pauseMs = FIRST_PAUSE_MS; leftMs > 0; pauseMs *= 2) {
    if (current === null || isAnswered(current)) return true
    await scheduler.wait(Math.min(pauseMs, leftMs))
    leftMs -= pauseMs
    current = await find(env, found.hash)
  }
  return current === null || isAnswered(current)
}

/** The pair that follows from what a client presents, with one of the gateway's secrets. */
async function derivePair(
  presented: string,
  { grantId, refreshes }: Redeemable,
  key: DerivingKey,
): Promise<DerivedPair> {
  const from = { context: grantId, presented }
  const access = await deriveSecret('access_token', from, key)
  const refresh = refreshes ? await deriveSecret('refresh_token', from, key) : null
  return { kid: key.kid, access, refresh }
}

/** 200 with a pair whose access token is valid for `leftMs` milliseconds. */
function answerWith(
  { env, waitUntil }: Call,
  kind: RedeemableKind,
  { hash, scope }: Redeemable,
  { access, refresh }: DerivedPair,
  leftMs: number,
): Response {
  if (kind === 'code') {
    // After the answer, so that this write cannot make the exchange fail.
    const marked = markAnswered(env, hash)
    waitUntil(marked.catch((error) => logError('code_answer_write_failed', error)))
  }
  const body = {
    access_token: access.value,
    token_type: 'Bearer',
    expires_in: Math.max(0, Math.floor(leftMs / 1000)),
    refresh_token: refresh?.value,
    scope,
  }
  return Response.json(body, { headers: NO_STORE })
}
