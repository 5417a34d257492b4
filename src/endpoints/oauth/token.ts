/** `POST /api/oauth/token`: a code or a refresh token becomes a new pair, once (OAuth 2.1 section 3.2). */
import type { OAuth } from '../../config/config.ts'
import { mintedHash, mintSecret } from '../../credentials/minted.ts'
import type { OAuthClient } from '../../credentials/oauth/client.ts'
import { isSameResource, type Parameters } from '../../credentials/oauth/parameters.ts'
import { isVerifierOf } from '../../credentials/oauth/pkce.ts'
import { Problem } from '../../http/problem.ts'
import type { Call } from '../../pipeline/call.ts'
import { secretsOf } from '../../store/env.ts'
import type { Isolate } from '../../store/isolate.ts'
import {
  findCode,
  findRefreshToken,
  type Redeemable,
  redeemCode,
  rotateRefreshToken,
  type TokenPair,
} from '../../store/oauth/exchange.ts'
import { NOT_STORED, oauthForm, required } from './answer.ts'
import { presenterOf } from './client.ts'

/** What a client asks for, once its form is read. */
type TokenRequest =
  | {
      grantType: 'authorization_code'
      code: string
      verifier: string
      redirectUri: string | undefined
      resource: string | undefined
    }
  | {
      grantType: 'refresh_token'
      token: string
      scope: string | undefined
      resource: string | undefined
    }

/** What every exchange works with. */
interface Exchange {
  call: Call
  oauth: OAuth
  isolate: Isolate
  client: OAuthClient
  tagKeys: readonly CryptoKey[]
}

/** A pair of tokens (RFC 6749 section 5.1). Throws the problems of section 5.2, or rate_limit_exceeded. */
export async function token(call: Call, oauth: OAuth, isolate: Isolate): Promise<Response> {
  const form = await oauthForm(call)
  const client = await presenterOf(call, isolate, form)
  const request = readTokenRequest(form)
  const { tagKeys } = await secretsOf(call.env)
  const exchange = { call, oauth, isolate, client, tagKeys }
  return request.grantType === 'authorization_code'
    ? exchangeCode(exchange, request)
    : refresh(exchange, request)
}

/** The form as a request. Throws invalid_request or unsupported_grant_type. */
function readTokenRequest(form: Parameters): TokenRequest {
  const grantType = required(form, 'grant_type')
  const resource = form.get('resource')
  if (grantType === 'authorization_code') {
    return {
      grantType,
      code: required(form, 'code'),
      verifier: required(form, 'code_verifier'),
      redirectUri: form.get('redirect_uri'),
      resource,
    }
  }
  if (grantType !== 'refresh_token') throw new Problem('unsupported_grant_type')
  const presented = required(form, 'refresh_token')
  return { grantType, token: presented, scope: form.get('scope'), resource }
}

/** A code that comes twice ends the grant that it was exchanged for, because one of its two senders has stolen it. */
async function exchangeCode(
  exchange: Exchange,
  request: TokenRequest & { grantType: 'authorization_code' },
): Promise<Response> {
  const { call, isolate, client, tagKeys } = exchange
  const hash = await mintedHash('code', request.code, tagKeys)
  const code = hash === null ? null : await findCode(call.env, hash)
  if (code === null || code.clientId !== client.id) throw new Problem('invalid_grant')
  if ((request.redirectUri ?? code.redirectUri) !== code.redirectUri)
    throw new Problem('invalid_grant', { message: 'The redirect_uri is another one.' })
  if (!(await isVerifierOf(request.verifier, code.challenge)))
    throw new Problem('invalid_grant', { message: 'The code_verifier is wrong.' })
  checkResource(request, code)
  const now = Date.now()
  if (code.usedAt === null) {
    if (now >= code.expiresAt) throw new Problem('invalid_grant')
    const answer = await issue(exchange, code, now, (pair) => redeemCode(call.env, code, pair, now))
    if (answer !== null) return answer
  }
  // A sender who comes this far is the client, so no stranger ends a family by guessing.
  await isolate.tokens.endFamily(call.env, code.grantId)
  throw new Problem('invalid_grant')
}

/** A refresh token that comes again long after its use ends its family; soon after it, a client raced itself. */
async function refresh(
  exchange: Exchange,
  request: TokenRequest & { grantType: 'refresh_token' },
): Promise<Response> {
  const { call, oauth, isolate, client, tagKeys } = exchange
  const hash = await mintedHash('refresh_token', request.token, tagKeys)
  const used = hash === null ? null : await findRefreshToken(call.env, hash)
  if (used === null || used.clientId !== client.id) throw new Problem('invalid_grant')
  if ((request.scope ?? used.scope) !== used.scope) throw new Problem('invalid_scope')
  checkResource(request, used)
  const now = Date.now()
  if (used.usedAt !== null) {
    if (now - used.usedAt > oauth.leewayMs) await isolate.tokens.endFamily(call.env, used.grantId)
    throw new Problem('invalid_grant')
  }
  const answer = await issue(exchange, used, now, (pair) =>
    rotateRefreshToken(call.env, used, pair, now),
  )
  if (answer === null) throw new Problem('invalid_grant')
  return answer
}

/** Throws invalid_target for another resource than the grant's (RFC 8707 section 2.2). */
function checkResource(request: TokenRequest, { resource }: Redeemable): void {
  if (request.resource !== undefined && !isSameResource(request.resource, resource))
    throw new Problem('invalid_target')
}

/**
 * The answer with fresh tokens, which alone has them: `store` gets their hashes, and null is returned where it did not
 * take them. Only an issued pair counts against the account's limit; throws rate_limit_exceeded over it.
 */
async function issue(
  { oauth, isolate, tagKeys }: Exchange,
  { refreshes, scope, accountId }: Redeemable,
  now: number,
  store: (pair: TokenPair) => Promise<boolean>,
): Promise<Response | null> {
  const subject = `account ${accountId}`
  isolate.tokenPairs.check(subject)
  const access = await mintSecret('access_token', tagKeys)
  const next = refreshes ? await mintSecret('refresh_token', tagKeys) : null
  const isStored = await store({
    access: { hash: access.hash, expiresAt: now + oauth.accessMs },
    refresh: next && { hash: next.hash, expiresAt: now + oauth.refreshMs },
  })
  if (!isStored) return null
  isolate.tokenPairs.count(subject)
  const body = {
    access_token: access.value,
    token_type: 'Bearer',
    expires_in: Math.floor(oauth.accessMs / 1000),
    ...(next === null ? {} : { refresh_token: next.value }),
    scope,
  }
  return Response.json(body, { headers: NOT_STORED })
}
