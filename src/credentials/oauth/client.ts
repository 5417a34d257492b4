/** OAuth clients: what they register (RFC 7591), and what their metadata documents say. */
import { isRedirectUri } from './redirectUri.ts'

/** A client as the authorization server knows it. */
export interface OAuthClient {
  id: string
  /** As it names itself; null: it does not. */
  name: string | null
  redirectUris: readonly string[]
  /** Whether it asked for refresh tokens. */
  refreshes: boolean
  /** SHA-256 of a confidential client's secret, hexadecimal; null for a public client. */
  secretHash: string | null
}

/** What a client registers, with defaults filled in. */
export interface ClientMetadata {
  name: string | null
  redirectUris: readonly string[]
  refreshes: boolean
  isConfidential: boolean
}

/** Why metadata is refused (RFC 7591 section 3.2.2). */
export interface MetadataRefusal {
  error: 'invalid_redirect_uri' | 'invalid_client_metadata'
  sentence: string
}

const MAX_REDIRECT_URIS = 10
/** In code points. */
const MAX_CLIENT_NAME_LENGTH = 256

const refuseMetadata = (error: MetadataRefusal['error'], sentence: string) => ({ error, sentence })

/**
 * Client metadata as JSON gave it → what is kept of it, or why not. Unknown members are ignored, and
 * a null member is none.
 */
export function parseClientMetadata(value: unknown): ClientMetadata | MetadataRefusal {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    return refuseMetadata('invalid_client_metadata', 'The metadata is a JSON object.')
  const given = value as Record<string, unknown>
  const redirectUris = textsOf(given.redirect_uris)
  if (redirectUris === null || redirectUris.length === 0)
    return refuseMetadata('invalid_redirect_uri', 'redirect_uris is a list of at least one URI.')
  if (redirectUris.length > MAX_REDIRECT_URIS)
    return refuseMetadata('invalid_redirect_uri', `At most ${MAX_REDIRECT_URIS} redirect_uris.`)
  if (!redirectUris.every(isRedirectUri)) {
    const sentence = 'A redirect URI is https, or http on localhost, 127.0.0.1 or [::1].'
    return refuseMetadata('invalid_redirect_uri', sentence)
  }
  const name = given.client_name ?? ''
  if (typeof name !== 'string' || [...name].length > MAX_CLIENT_NAME_LENGTH)
    return refuseMetadata(
      'invalid_client_metadata',
      `client_name has at most ${MAX_CLIENT_NAME_LENGTH} characters.`,
    )
  const method = given.token_endpoint_auth_method ?? 'none'
  if (method !== 'none' && method !== 'client_secret_post') {
    const sentence = 'token_endpoint_auth_method is none or client_secret_post.'
    return refuseMetadata('invalid_client_metadata', sentence)
  }
  const grantTypes = textsOf(given.grant_types ?? ['authorization_code', 'refresh_token'])
  if (!grantTypes?.includes('authorization_code'))
    return refuseMetadata('invalid_client_metadata', 'grant_types has authorization_code.')
  if (!textsOf(given.response_types ?? ['code'])?.includes('code'))
    return refuseMetadata('invalid_client_metadata', 'response_types has code.')
  return {
    name: name.toWellFormed() || null,
    redirectUris,
    refreshes: grantTypes.includes('refresh_token'),
    isConfidential: method === 'client_secret_post',
  }
}

/**
 * A client ID metadata document → the client, or null. It must name itself by the very URL that it was
 * fetched from, and hold no secret (draft-ietf-oauth-client-id-metadata-document section 4).
 */
export function parseClientDocument(id: string, value: unknown): OAuthClient | null {
  const metadata = parseClientMetadata(value)
  if ('error' in metadata || metadata.isConfidential) return null
  const given = value as Record<string, unknown>
  if (given.client_id !== id || 'client_secret' in given || 'client_secret_expires_at' in given)
    return null
  const { name, redirectUris, refreshes } = metadata
  return { id, name, redirectUris, refreshes, secretHash: null }
}

/** A list of strings, or null. */
function textsOf(value: unknown): string[] | null {
  return Array.isArray(value) && value.every((one) => typeof one === 'string') ? value : null
}
