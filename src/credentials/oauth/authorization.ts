/**
 * Checks what a client asks of the authorization endpoint (OAuth 2.1 section 4.1.1), once its
 * redirect URI is known to be registered.
 */
import type { Resource } from '../../config/oauthSettings.ts'
import type { Parameters } from './parameters.ts'
import { isCodeChallenge } from './pkce.ts'
import { type AskedRefusal, readAsked } from './resource.ts'

/** A valid authorization request. */
export interface AuthorizationRequest {
  /** The scopes, separated by spaces. */
  scope: string
  /** The URL of the protected resource (RFC 8707). */
  resource: string
  /** The PKCE code challenge, by S256. */
  challenge: string
}

/**
 * Why the client gets an error instead of a code (RFC 6749 section 4.1.2.1, RFC 8707 section 2).
 */
export interface AuthorizationRefusal {
  error: 'invalid_request' | 'unsupported_response_type' | AskedRefusal['error']
  /** For `error_description`: ASCII without quotes and backslashes. */
  sentence: string
}

const refuseAuthorization = (error: AuthorizationRefusal['error'], sentence: string) => ({
  error,
  sentence,
})

/**
 * Reads the request's parameters other than `client_id`, `redirect_uri` and `state`. Unknown
 * parameters are ignored; what `scope` and `resource` leave open is as `readAsked` says. Returns
 * what is asked for, or why the request is refused.
 */
export function readAuthorization(
  query: Parameters,
  resources: readonly [Resource, ...Resource[]],
): AuthorizationRequest | AuthorizationRefusal {
  if (query.hasRepeated)
    return refuseAuthorization('invalid_request', 'A parameter may appear only once.')
  const responseType = query.get('response_type')
  if (responseType === undefined)
    return refuseAuthorization('invalid_request', 'response_type is missing.')
  if (responseType !== 'code')
    return refuseAuthorization('unsupported_response_type', 'response_type must be code.')
  if (query.get('code_challenge_method') !== 'S256')
    return refuseAuthorization('invalid_request', 'code_challenge_method must be S256.')
  const challenge = query.get('code_challenge') ?? ''
  if (!isCodeChallenge(challenge))
    return refuseAuthorization(
      'invalid_request',
      'code_challenge must be 43 characters of base64url.',
    )
  const target = readAsked(resources, {
    scope: query.get('scope'),
    resources: query.all('resource'),
  })
  if ('error' in target) return target
  return { scope: target.scopes.join(' '), resource: target.resource.url, challenge }
}
