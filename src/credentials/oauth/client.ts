/**
 * Parses what OAuth clients say about themselves: when they register (RFC 7591), and in their
 * metadata documents.
 */
import { isRedirectUri } from './redirectUri.ts'

/** A client as the authorization server knows it. */
export interface OAuthClient {
  id: string
  /** The name that the client gave itself, or null. */
  name: string | null
  redirectUris: readonly string[]
  /** Whether the client asked for refresh tokens. */
  refreshes: boolean
  /** The hexadecimal SHA-256 of a confidential client's secret. Null for a public client. */
  secretHash: string | null
}

/** A client's metadata, with defaults filled in. */
export interface ClientMetadata {
  name: string | null
  redirectUris: readonly string[]
  refreshes: boolean
  isConfidential: boolean
}

/** Why metadata is refused (RFC 7591 section 3.2.2). */
export interface MetadataRefusal {
  error: 'invalid_redirect_uri' | 'invalid_client_metadata'
  /** For `error_description`: ASCII without quotes and backslashes. */
  sentence: string
}

const MAX_REDIRECT_URIS = 10
/** The longest client name, in code points. */
const MAX_CLIENT_NAME_LENGTH = 256

const refuseMetadata = (error: MetadataRefusal['error'], sentence: string) => ({ error, sentence })

/**
 * Reads client metadata from parsed JSON (RFC 7591 section 2). Unknown members are ignored, and a
 * null member counts as absent. Returns what is kept of it, or why it is refused.
 */
export function parseClientMetadata(value: unknown): ClientMetadata | MetadataRefusal {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    return refuseMetadata('invalid_client_metadata', 'The metadata must be a JSON object.')
  const given = value as Record<string, unknown>
  const redirectUris = stringListOf(given.redirect_uris)
  if (redirectUris === null || redirectUris.length === 0)
    return refuseMetadata('invalid_redirect_uri', 'redirect_uris must list at least one URI.')
  if (redirectUris.length > MAX_REDIRECT_URIS)
    return refuseMetadata(
      'invalid_redirect_uri',
      `redirect_uris may list at most ${MAX_REDIRECT_URIS} URIs.`,
    )
  if (!redirectUris.every(isRedirectUri)) {
    const sentence = 'A redirect URI must be https, or http on localhost, 127.0.0.1 or [::1].'
    return refuseMetadata('invalid_redirect_uri', sentence)
  }
  const name = given.client_name ?? ''
  if (typeof name !== 'string' || [...name].length > MAX_CLIENT_NAME_LENGTH)
    return refuseMetadata(
      'invalid_client_metadata',
      `client_name may have at most ${MAX_CLIENT_NAME_LENGTH} characters.`,
    )
  const method = given.token_endpoint_auth_method ?? 'none'
  if (method !== 'none' && method !== 'client_secret_post') {
    const sentence = 'token_endpoint_auth_method must be none or client_secret_post.'
    return refuseMetadata('invalid_client_metadata', sentence)
  }
  const grantTypes = stringListOf(given.grant_types ?? ['authorization_code', 'refresh_token'])
  if (!grantTypes?.includes('authorization_code'))
    return refuseMetadata('invalid_client_metadata', 'grant_types must include authorization_code.')
  if (!stringListOf(given.response_types ?? ['code'])?.includes('code'))
    return refuseMetadata('invalid_client_metadata', 'response_types must include code.')
  return {
    name: name.toWellFormed() || null,
    redirectUris,
    refreshes: grantTypes.includes('refresh_token'),
    isConfidential: method === 'client_secret_post',
  }
}

/**
 * Reads a client ID metadata document from parsed JSON. Returns the client, or null if the document
 * is not valid: its `client_id` must be `id`, the very URL that it was fetched from, and it must
 * not contain a secret (draft-ietf-oauth-client-id-metadata-document section 4).
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

/** The value if it is a list of strings, else null. */
function stringListOf(value: unknown): string[] | null {
  return Array.isArray(value) && value.every((item) => typeof item === 'string') ? value : null
}
