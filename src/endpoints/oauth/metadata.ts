/**
 * The documents that a client reads first: the authorization server's (RFC 8414) and the resource's
 * (RFC 9728).
 */
import type { Config } from '../../config/config.ts'
import type { OAuth, Resource } from '../../config/oauthSettings.ts'
import { OWN_PATHS } from '../../config/ownPaths.ts'
import { AUTH_METHODS } from '../../credentials/oauth/client.ts'

/** `/.well-known/oauth-authorization-server` (RFC 8414 section 2). */
export function serverMetadata({ publicUrl }: Config, { resources }: OAuth) {
  return {
    issuer: publicUrl,
    authorization_endpoint: publicUrl + OWN_PATHS.authorize,
    token_endpoint: publicUrl + OWN_PATHS.token,
    registration_endpoint: publicUrl + OWN_PATHS.register,
    revocation_endpoint: publicUrl + OWN_PATHS.revoke,
    // Only the default resource's, because clients may ask for all scopes at once.
    scopes_supported: Object.keys(resources[0].scopes),
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
 * `/.well-known/openid-configuration`: the same, with the members without which clients of OpenID
 * Connect do not read it (Discovery 1.0 section 3). No ID token is ever issued.
 */
export function openIdMetadata(config: Config, oauth: OAuth) {
  return {
    ...serverMetadata(config, oauth),
    jwks_uri: config.publicUrl + OWN_PATHS.idTokenKeys,
    subject_types_supported: ['public'],
    id_token_signing_alg_values_supported: ['RS256'],
  }
}

/** The keys of ID tokens, of which there are none. */
export const ID_TOKEN_KEYS = { keys: [] }

/** The metadata of a protected resource (RFC 9728 section 2). */
export function resourceMetadata({ publicUrl }: Config, { url, scopes }: Resource) {
  return {
    resource: url,
    authorization_servers: [publicUrl],
    scopes_supported: Object.keys(scopes),
    bearer_methods_supported: ['header'],
  }
}
