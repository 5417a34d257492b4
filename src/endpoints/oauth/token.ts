/**
 * `POST /api/oauth/token`: exchanges a code or a refresh token for a new pair of tokens, once
 * (OAuth 2.1 section 3.2).
 * See docs/decisions/0013.
 */
import { mintedHash, mintSecret } from '../../credentials/minted.ts'
import type { OAuthClient } from '../../credentials/oauth/client.ts'
import { isSameResource } from '../../credentials/oauth/parameters.ts'
import { isVerifierOf } from '../../credentials/oauth/pkce.ts'
import { Problem } from '../../http/problem.ts'
import type { Call } from '../../pipeline/call.ts'
import { tagKeysOf } from '../../store/env.ts'
import {
  findCode,
  findRefreshToken,
  type Redeemable,
  redeemCode,
  rotateRefreshToken,
  type TokenPair,
} from '../../store/oauth/exchange.ts'
import { authenticateClient } from './client.ts'
import { NO_STORE, type OAuthContext, type OAuthEndpoint } from './endpoint.ts'
import { readOAuthForm } from './form.ts'
import { readTokenRequest, type TokenRequest } from './tokenRequest.ts'

/** The context of one exchange, for both grant types. */
interface Exchange extends OAuthContext {
  call: Call
  client: OAuthClient
  tagKeys: readonly CryptoKey[]
}

/**
 * 200 with a pair of tokens (RFC 6749 section 5.1). Throws the problems of section 5.2,
 * invalid_target (RFC 8707), and rate_limit_exceeded.
 */
export const token: OAuthEndpoint = async (call, context) => {
  const form = await readOAuthForm(call)
  const client = await authenticateClient(call, context, form)
  const request = readTokenRequest(form)
  const tagKeys = await tagKeysOf(call.env)
  const exchange = { ...context, call, client, tagKeys }
  return request.grantType === 'authorization_code'
    ? exchangeCode(exchange, request)
    : refresh(exchange, request)
}

/**
 * Exchanges a code. A used code that is sent again ends the grant that it was exchanged for,
 * because one of its two senders has stolen it (RFC 6749 section 4.1.2).
 */
async function exchangeCode(
  exchange: Exchange,
  request: TokenRequest & { grantType: 'authorization_code' },
): Promise<Response> {
  const { call, isolate, client, tagKeys } = exchange
  const hash = await mintedHash('code', request.code, tagKeys)
  const code = hash === null ? null : await findCode(call.env, hash)
  if (code === null || code.clientId !== client.id) throw new Problem('invalid_grant')
  if ((request.redirectUri ?? code.redirectUri) !== code.redirectUri)
    throw new Problem('invalid_grant', {
      message: 'The redirect_uri is not that of the authorization request.',
    })
  if (!(await isVerifierOf(request.verifier, code.challenge)))
    throw new Problem('invalid_grant', {
      message: 'The code_verifier does not match the code_challenge.',
    })
  checkResource(request, code)
  const now = Date.now()
  if (code.usedAt === null) {
    if (now >= code.expiresAt) throw new Problem('invalid_grant')
    const answer = await issue(exchange, code, now, (pair) => redeemCode(call.env, code, pair, now))
    if (answer !== null) return answer
  }
  // The sender has proved to be the client, so no stranger can end a family by guessing.
  await isolate.tokens.endFamily(call.env, code.grantId)
  throw new Problem('invalid_grant')
}

/**
 * Exchanges a refresh token. A used one that is sent again ends its family (OAuth 2.1 section
 * 4.3.1); within `leewayMs` of its use it ends nothing, because a client may race itself.
 */
async function refresh(
  exchange: Exchange,
  request: TokenRequest & { grantType: 'refresh_token' },
): Promise<Response> {
  const { call, oauth, isolate, client, tagKeys } = exchange
  const hash = await mintedHash('refresh_token', request.token, tagKeys)
  const presented = hash === null ? null : await findRefreshToken(call.env, hash)
  if (presented === null || presented.clientId !== client.id) throw new Problem('invalid_grant')
  if ((request.scope ?? presented.scope) !== presented.scope) throw new Problem('invalid_scope')
  checkResource(request, presented)
  const now = Date.now()
  if (presented.usedAt !== null) {
    if (now - presented.usedAt > oauth.leewayMs)
      await isolate.tokens.endFamily(call.env, presented.grantId)
    throw new Problem('invalid_grant')
  }
  const answer = await issue(exchange, presented, now, (pair) =>
    rotateRefreshToken(call.env, presented, pair, now),
  )
  if (answer === null) throw new Problem('invalid_grant')
  return answer
}

/**
 * Throws invalid_target if the request names another resource than the grant (RFC 8707 section
 * 2.2).
 */
function checkResource(request: TokenRequest, { resource }: Redeemable): void {
  if (request.resource !== undefined && !isSameResource(request.resource, resource))
    throw new Problem('invalid_target')
}

/**
 * The answer with new tokens, or null if `store`, which is given their hashes, did not store them.
 * Only a pair that is issued counts against the account's limit; over the limit it throws
 * rate_limit_exceeded.
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
    refresh_token: next?.value,
    scope,
  }
  return Response.json(body, { headers: NO_STORE })
}
