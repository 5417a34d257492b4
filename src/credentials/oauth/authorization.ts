/** What a client asks of the authorization endpoint, once it is known where the answer may go. */
import { isSameResource, type Parameters } from './parameters.ts'
import { isCodeChallenge } from './pkce.ts'

export interface AuthorizationRequest {
  scope: string
  resource: string
  /** Of PKCE, by S256. */
  challenge: string
}

/** Why the client gets an error instead of a code (RFC 6749 section 4.1.2.1, RFC 8707 section 2). */
export interface AuthorizationRefusal {
  error: 'invalid_request' | 'unsupported_response_type' | 'invalid_scope' | 'invalid_target'
  /** ASCII without quotes and backslashes. */
  sentence: string
}

const refuseAuthorization = (error: AuthorizationRefusal['error'], sentence: string) => ({
  error,
  sentence,
})

/** The request's parameters beside `client_id`, `redirect_uri` and `state`. Unknown ones are ignored. */
export function readAuthorization(
  query: Parameters,
  ours: { scope: string; resource: string },
): AuthorizationRequest | AuthorizationRefusal {
  if (query.hasRepeated)
    return refuseAuthorization('invalid_request', 'A parameter may come only once.')
  const responseType = query.get('response_type')
  if (responseType === undefined)
    return refuseAuthorization('invalid_request', 'response_type is missing.')
  if (responseType !== 'code')
    return refuseAuthorization('unsupported_response_type', 'response_type is code.')
  if (query.get('code_challenge_method') !== 'S256')
    return refuseAuthorization('invalid_request', 'code_challenge_method is S256.')
  const challenge = query.get('code_challenge') ?? ''
  if (!isCodeChallenge(challenge))
    return refuseAuthorization('invalid_request', 'code_challenge has 43 characters of base64url.')
  const scope = query.get('scope') ?? ours.scope
  if (scope !== ours.scope)
    return refuseAuthorization('invalid_scope', `The scope is ${ours.scope}.`)
  const resource = query.get('resource') ?? ours.resource
  if (!isSameResource(resource, ours.resource))
    return refuseAuthorization('invalid_target', 'The resource is not one that is guarded here.')
  return { scope, resource: ours.resource, challenge }
}
