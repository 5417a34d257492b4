/** The token request: its parameters, read from the client's form. */
import type { Parameters } from '../../credentials/oauth/parameters.ts'
import { Problem } from '../../http/problem.ts'
import { requiredParameter } from './form.ts'

/**
 * The parameters of a token request that are read, by grant type (OAuth 2.1 sections 4.1.3 and
 * 4.3.1).
 */
export type TokenRequest =
  | {
      grantType: 'authorization_code'
      code: string
      verifier: string
      redirectUri: string | undefined
      resources: readonly string[]
    }
  | {
      grantType: 'refresh_token'
      token: string
      scope: string | undefined
      resources: readonly string[]
    }

/**
 * A form as a token request. Throws invalid_request for a parameter that is missing, and
 * unsupported_grant_type.
 */
export function readTokenRequest(form: Parameters): TokenRequest {
  const grantType = requiredParameter(form, 'grant_type')
  const resources = form.all('resource')
  if (grantType === 'authorization_code') {
    return {
      grantType,
      code: requiredParameter(form, 'code'),
      verifier: requiredParameter(form, 'code_verifier'),
      redirectUri: form.get('redirect_uri'),
      resources,
    }
  }
  if (grantType !== 'refresh_token') throw new Problem('unsupported_grant_type')
  const presented = requiredParameter(form, 'refresh_token')
  return { grantType, token: presented, scope: form.get('scope'), resources }
}
