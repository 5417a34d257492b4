/**
 * `POST /api/oauth/token`: exchanges a code or a refresh token for a pair of tokens, once (OAuth
 * 2.1 section 3.2). A retry of an exchange whose answer was lost gets the very same pair.
 * See docs/decisions/0025.
 */
import { isVerifierOf } from '../../credentials/oauth/pkce.ts'
import { readAsked, scopeList } from '../../credentials/oauth/resource.ts'
import { Problem } from '../../http/problem.ts'
import {
  type Code,
  findCode,
  findRefreshToken,
  type Redeemable,
} from '../../store/oauth/exchange.ts'
import { authenticateClient } from './client.ts'
import type { OAuthEndpoint } from './endpoint.ts'
import { type Exchange, exchangeOnce } from './exchange.ts'
import { readOAuthForm } from './form.ts'
import { readTokenRequest, type TokenRequest } from './tokenRequest.ts'

/**
 * 200 with a pair of tokens (RFC 6749 section 5.1). Throws the problems of section 5.2,
 * invalid_target (RFC 8707), and rate_limit_exceeded.
 */
export const token: OAuthEndpoint = async (call, context) => {
  const form = await readOAuthForm(call)
  const client = await authenticateClient(call, context, form)
  const request = readTokenRequest(form)
  const exchange: Exchange = { ...context, call, client }
  if (request.grantType === 'authorization_code')
    return exchangeOnce(exchange, {
      kind: 'code',
      value: request.code,
      find: findCode,
      check: (code) => checkCode(exchange, request, code),
      isAnswered: ({ answeredAt }) => answeredAt !== null,
    })
  return exchangeOnce(exchange, {
    kind: 'refresh_token',
    value: request.token,
    find: findRefreshToken,
    check: async (found) => checkTarget(exchange, request, found),
    isAnswered: () => true,
  })
}

/** Throws invalid_grant unless the sender of a code proves to be the client (RFC 7636). */
async function checkCode(
  exchange: Exchange,
  request: TokenRequest & { grantType: 'authorization_code' },
  code: Code,
): Promise<void> {
  if ((request.redirectUri ?? code.redirectUri) !== code.redirectUri)
    throw new Problem('invalid_grant', {
      message: 'The redirect_uri is not that of the authorization request.',
    })
  if (!(await isVerifierOf(request.verifier, code.challenge)))
    throw new Problem('invalid_grant', {
      message: 'The code_verifier does not match the code_challenge.',
    })
  checkTarget(exchange, request, code)
}

/**
 * Throws invalid_target if the request names another resource than the grant (RFC 8707 section
 * 2.2), and invalid_scope for a scope that the grant does not have (RFC 6749 section 6). A part of
 * the grant's scopes is let in; the answer says what the tokens have.
 */
function checkTarget({ oauth }: Exchange, request: TokenRequest, granted: Redeemable): void {
  const scope = request.grantType === 'refresh_token' ? request.scope : undefined
  const { resources } = request
  const target = readAsked(oauth.resources, { scope, resources })
  if ('error' in target) throw new Problem(target.error, { message: target.sentence })
  if (resources.length > 0 && target.resource.url !== granted.resource)
    throw new Problem('invalid_target')
  const has = granted.scope.split(' ')
  const isWider = scopeList(scope ?? '').some((one) => !has.includes(one))
  if (isWider) throw new Problem('invalid_scope')
}
