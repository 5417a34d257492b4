/** `POST /api/oauth/token`: a code or a refresh token becomes a new pair, once (OAuth 2.1 section 3.2). */

import type { OAuth } from '../../config/config.ts'
import type { OAuthClient } from '../../credentials/oauth/client.ts'
import { isSameResource, type Parameters } from '../../credentials/oauth/parameters.ts'
import { isVerifierOf } from '../../credentials/oauth/pkce.ts'
import { mintSecret, secretHashOf } from '../../credentials/oauth/token.ts'
import { Problem } from '../../http/problem.ts'
import { tooManyRequests } from '../../limits/headers.ts'
import type { AppContext } from '../../pipeline/context.ts'
import { secretsOf } from '../../store/env.ts'
import type { Isolate } from '../../store/isolate.ts'
import {
  findCode,
  findRefreshToken,
  type Redeemable,
  redeemCode,
  rotate,
  type TokenPair,
} from '../../store/oauth/exchange.ts'
import { NOT_STORED, oauthForm, required } from './answer.ts'
import { presenterOf } from './client.ts'

export async function token(c: AppContext, oauth: OAuth, isolate: Isolate): Promise<Response> {
  const form = await oauthForm(c)
  const client = await presenterOf(c, isolate, form)
  const grantType = required(form, 'grant_type')
  if (grantType === 'authorization_code') return exchangeCode(c, oauth, isolate, form, client)
  if (grantType === 'refresh_token') return refresh(c, oauth, isolate, form, client)
  throw new Problem('unsupported_grant_type')
}

/** A code that comes twice ends what it was exchanged for: one of the two senders has stolen it. */
async function exchangeCode(
  c: AppContext,
  oauth: OAuth,
  isolate: Isolate,
  form: Parameters,
  client: OAuthClient,
): Promise<Response> {
  const presented = required(form, 'code')
  const verifier = required(form, 'code_verifier')
  const { tagKeys } = await secretsOf(c.env)
  const hash = await secretHashOf('code', presented, tagKeys)
  const code = hash === null ? null : await findCode(c.env, hash)
  if (code === null || code.clientId !== client.id) throw new Problem('invalid_grant')
  if ((form.get('redirect_uri') ?? code.redirectUri) !== code.redirectUri)
    throw new Problem('invalid_grant', { message: 'The redirect_uri is another one.' })
  if (!(await isVerifierOf(verifier, code.challenge)))
    throw new Problem('invalid_grant', { message: 'The code_verifier is wrong.' })
  checkResource(form, code)
  const now = Date.now()
  if (code.usedAt === null) {
    if (now >= code.expiresAt) throw new Problem('invalid_grant')
    const count = limitPairs(oauth, isolate, code, now)
    const { pair, answer } = await newPair(oauth, code, tagKeys, now)
    if (await redeemCode(c.env, code, pair, now)) {
      count()
      return answer
    }
  }
  // Who comes this far is the client, so no stranger ends a family by guessing.
  await isolate.tokens.endFamily(c.env, code.grantId)
  throw new Problem('invalid_grant')
}

/** A refresh token that comes again long after its use ends its family; soon after it, a client raced itself. */
async function refresh(
  c: AppContext,
  oauth: OAuth,
  isolate: Isolate,
  form: Parameters,
  client: OAuthClient,
): Promise<Response> {
  const presented = required(form, 'refresh_token')
  const { tagKeys } = await secretsOf(c.env)
  const hash = await secretHashOf('refresh_token', presented, tagKeys)
  const used = hash === null ? null : await findRefreshToken(c.env, hash)
  if (used === null || used.clientId !== client.id) throw new Problem('invalid_grant')
  if ((form.get('scope') ?? used.scope) !== used.scope) throw new Problem('invalid_scope')
  checkResource(form, used)
  const now = Date.now()
  if (used.usedAt !== null) {
    if (now - used.usedAt > oauth.leewayMs) await isolate.tokens.endFamily(c.env, used.grantId)
    throw new Problem('invalid_grant')
  }
  const count = limitPairs(oauth, isolate, used, now)
  const { pair, answer } = await newPair(oauth, used, tagKeys, now)
  if (!(await rotate(c.env, used, pair, now))) throw new Problem('invalid_grant')
  count()
  return answer
}

/** Counts a pair once it is issued: a try that yields none is not counted. Throws 429 when there were too many. */
function limitPairs(
  { limits }: OAuth,
  isolate: Isolate,
  { accountId }: Redeemable,
  now: number,
): () => void {
  const own = limits.tokens === null ? [] : [limits.tokens]
  const count = () => isolate.windows.take(`account ${accountId}`, own, now)
  if (isolate.windows.isFull(`account ${accountId}`, own, now)) throw tooManyRequests(count())
  return count
}

function checkResource(form: Parameters, { resource }: Redeemable): void {
  const presented = form.get('resource')
  if (presented !== undefined && !isSameResource(presented, resource))
    throw new Problem('invalid_target')
}

/** Fresh tokens: their hashes for the store, and the answer (RFC 6749 section 5.1), which alone has them. */
async function newPair(
  { accessMs, refreshMs }: OAuth,
  { refreshes, scope }: Redeemable,
  tagKeys: readonly CryptoKey[],
  now: number,
) {
  const access = await mintSecret('access_token', tagKeys)
  const next = refreshes ? await mintSecret('refresh_token', tagKeys) : null
  const pair: TokenPair = {
    access: { hash: access.hash, expiresAt: now + accessMs },
    refresh: next && { hash: next.hash, expiresAt: now + refreshMs },
  }
  const body = {
    access_token: access.value,
    token_type: 'Bearer',
    expires_in: Math.floor(accessMs / 1000),
    ...(next === null ? {} : { refresh_token: next.value }),
    scope,
  }
  return { pair, answer: Response.json(body, { headers: NOT_STORED }) }
}
