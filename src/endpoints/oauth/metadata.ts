/**
 * The documents that a client reads first: the authorization server's (RFC 8414) and the resource's
 * (RFC 9728).
 */
import type { Config, OAuth, Resource } from '../../config/config.ts'
import { OWN_PATHS } from '../../config/ownPaths.ts'

const AUTH_METHODS = ['none', 'client_secret_post']

/** `/.well-known/oauth-authorization-server` (RFC 8414 section 2). */
export function serverMetadata({ publicUrl }: Config, { resources }: OAuth) {
  return {
    issuer: publicUrl,
    authorization_endpoint: publicUrl + OWN_PATHS.authorize,
    token_endpoint: publicUrl + OWN_PATHS.token,
    registration_endpoint: publicUrl + OWN_PATHS.register,
    revocation_endpoint: publicUrl + OWN_PATHS.revoke,
    scopes_supported: resources.flatMap(({ scopes }) => Object.keys(scopes)),
    response_types_supported: ['code'],
    response_modes_supported: ['query'],
    grant_types_supported: ['authorization_code', 'refresh_token'],
    token_endpoint_auth_methods_supported: AUTH_METHODS,
    revocation_endpoint_auth_methods_supported: AUTH_METHODS,
    code_challenge_methods_supported: ['S256'],
    authorization_response_iss_parameter_supported: true,
    client_id_metadata_document_supported: true,
  }
}

/**
 * `/.well-known/oauth-protected-resource`: of the first resource, and of each with its own path
 * appended (RFC 9728 sections 2 and 3.1).
 */
export function resourceMetadata({ publicUrl }: Config, { url, scopes }: Resource) {
  return {
    resource: url,
    authorization_servers: [publicUrl],
    scopes_supported: Object.keys(scopes),
    bearer_methods_supported: ['header'],
  }
}
