/**
 * Parses what OAuth clients say about themselves: when they register (RFC 7591), and in their
 * metadata documents.
 */
import { type AppSchemes, redirectUriComplaint } from './redirectUri.ts'

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

/** The ways in which a client can authenticate at the token endpoint (RFC 7591 section 2). */
export const AUTH_METHODS = ['none', 'client_secret_basic', 'client_secret_post'] as const
export type AuthMethod = (typeof AUTH_METHODS)[number]

/** A client's metadata, with defaults filled in. */
export interface ClientMetadata {
  name: string | null
  /** The redirect URIs that are allowed, each once. */
  redirectUris: readonly string[]
  refreshes: boolean
  authMethod: AuthMethod
}

/** Why metadata is refused (RFC 7591 section 3.2.2). */
export interface MetadataRefusal {
  error: 'invalid_redirect_uri' | 'invalid_client_metadata'
  /** For `error_description`: ASCII without quotes and backslashes. */
  sentence: string
}

/** The rules in which a registration and a metadata document differ. */
interface Rules {
  maxRedirectUris: number
  /** The methods that the client can get. */
  methods: readonly AuthMethod[]
}
const REGISTRATION: Rules = { maxRedirectUris: 10, methods: AUTH_METHODS }
/** A client with a document shares no secret with the server. */
const DOCUMENT: Rules = { maxRedirectUris: 32, methods: ['none'] }

/** The longest client name, in code points. */
const MAX_CLIENT_NAME_LENGTH = 256
/** The most redirect URIs whose complaints a refusal has, and the longest text of one of them. */
const MAX_COMPLAINTS = 3
const MAX_SHOWN_URI_LENGTH = 100

const refuseMetadata = (error: MetadataRefusal['error'], sentence: string) => ({ error, sentence })

/**
 * Reads client metadata from parsed JSON (RFC 7591 section 2). Unknown members are ignored, and a
 * null member counts as absent. Redirect URIs that are not allowed are left out (section 3.2.1), if
 * one is left. Returns what is kept of it, or why it is refused.
 */
export function parseClientMetadata(
  value: unknown,
  appSchemes: AppSchemes = {},
): ClientMetadata | MetadataRefusal {
  return readMetadata(value, appSchemes, REGISTRATION)
}

function readMetadata(
  value: unknown,
  appSchemes: AppSchemes,
  { maxRedirectUris, methods }: Rules,
): ClientMetadata | MetadataRefusal {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    return refuseMetadata('invalid_client_metadata', 'The metadata must be a JSON object.')
  const given = value as Record<string, unknown>
  const redirectUris = allowedRedirectUris(given.redirect_uris, appSchemes, maxRedirectUris)
  if (typeof redirectUris === 'string') return refuseMetadata('invalid_redirect_uri', redirectUris)
  const name = given.client_name ?? ''
  if (typeof name !== 'string' || [...name].length > MAX_CLIENT_NAME_LENGTH)
    return refuseMetadata(
      'invalid_client_metadata',
      `client_name may have at most ${MAX_CLIENT_NAME_LENGTH} characters.`,
    )
  const authMethod = authMethodOf(given, methods)
  if (authMethod === null) {
    const fields = 'token_endpoint_auth_method or token_endpoint_auth_methods_supported'
    const sentence = `${fields} must name ${methods.join(' or ')}.`
    return refuseMetadata('invalid_client_metadata', sentence)
  }
  const grantTypes = given.grant_types ?? ['authorization_code', 'refresh_token']
  if (!includes(grantTypes, 'authorization_code'))
    return refuseMetadata('invalid_client_metadata', 'grant_types must include authorization_code.')
  if (!includes(given.response_types ?? ['code'], 'code'))
    return refuseMetadata('invalid_client_metadata', 'response_types must include code.')
  return {
    name: name.toWellFormed() || null,
    redirectUris,
    refreshes: includes(grantTypes, 'refresh_token'),
    authMethod,
  }
}

/**
 * Reads a client ID metadata document from parsed JSON. Returns the client, which is public, or why
 * the document is refused: its `client_id` must be `id`, the very URL that it was fetched from, it
 * must not contain a secret, and the client must be able to do without one
 * (draft-ietf-oauth-client-id-metadata-document section 4).
 */
export function parseClientDocument(
  id: string,
  value: unknown,
  appSchemes: AppSchemes = {},
): OAuthClient | MetadataRefusal {
  const metadata = readMetadata(value, appSchemes, DOCUMENT)
  if ('error' in metadata) return metadata
  const given = value as Record<string, unknown>
  const refuse = (sentence: string) => refuseMetadata('invalid_client_metadata', sentence)
  if (given.client_id !== id) return refuse('client_id must be the URL of the document itself.')
  if (given.client_secret != null || given.client_secret_expires_at != null)
    return refuse('The document must not contain a client_secret.')
  const { name, redirectUris, refreshes } = metadata
  return { id, name, redirectUris, refreshes, secretHash: null }
}

/** The redirect URIs that are allowed, each once, or a sentence that says what is wrong. */
function allowedRedirectUris(
  given: unknown,
  appSchemes: AppSchemes,
  max: number,
): string[] | string {
  const listed = given ?? []
  if (!Array.isArray(listed)) return 'redirect_uris must be a list of URIs.'
  if (listed.length === 0) return 'redirect_uris must list at least one URI.'
  const allowed = new Set<string>()
  const complaints: string[] = []
  for (const uri of listed) {
    const complaint =
      typeof uri === 'string' ? redirectUriComplaint(uri, appSchemes) : 'is not a string'
    if (complaint === null) allowed.add(String(uri))
    else if (complaints.length < MAX_COMPLAINTS) complaints.push(`${shownUri(uri)} ${complaint}`)
  }
  if (allowed.size === 0) return `No redirect URI is allowed: ${complaints.join('; ')}.`
  if (allowed.size > max) return `redirect_uris may list at most ${max} URIs.`
  return [...allowed]
}

/** A refused redirect URI in a sentence: cut, in characters that `error_description` may have. */
function shownUri(uri: unknown): string {
  const text = typeof uri === 'string' ? uri : 'an item'
  const shown = text.slice(0, MAX_SHOWN_URI_LENGTH).replace(/[^!#-[\]-~]/g, '?')
  if (text === '') return 'an empty URI'
  return text.length > MAX_SHOWN_URI_LENGTH ? `${shown}...` : shown
}

/**
 * The method that a client gets, one of `methods`: its preferred method, else another that it can
 * use (OpenID Connect Relying Party Metadata Choices 1.0); "none" if it names no method at all.
 * Null if the client can use none of them.
 */
function authMethodOf(
  given: Record<string, unknown>,
  methods: readonly AuthMethod[],
): AuthMethod | null {
  const supported = given.token_endpoint_auth_methods_supported
  const others = Array.isArray(supported) ? supported : []
  const preferred = given.token_endpoint_auth_method ?? (others.length === 0 ? 'none' : undefined)
  return (
    methods.find((method) => method === preferred) ??
    methods.find((method) => others.includes(method)) ??
    null
  )
}

function includes(list: unknown, item: string): boolean {
  return Array.isArray(list) && list.includes(item)
}
