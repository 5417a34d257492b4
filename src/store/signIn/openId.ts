/**
 * Asks an issuer of OpenID Connect who a person is: the authorization code flow with PKCE, state
 * and nonce (OpenID Connect Core 1.0 section 3.1). The library is loaded with this file, which is
 * loaded with the first sign-in that needs it.
 */
import * as oauth from 'oauth4webapi'
import { Problem } from '../../http/problem.ts'
import { parseEmail } from '../../lib/email.ts'
import { createLeases } from '../leases/leases.ts'

/** The issuer, and the gateway as its client. */
export interface OpenIdClient {
  issuer: string
  clientId: string
  clientSecret: string
  redirectUri: string
}

/** The values that bind an answer of the issuer to the browser that asked. */
export interface OpenIdRequest {
  state: string
  nonce: string
  codeVerifier: string
}

/** A person, as an ID token of the issuer says. */
export interface OpenIdPerson {
  /** The issuer's name for the person, which never changes. */
  subject: string
  /** The e-mail address in its one spelling; null: there is none, or nobody vouches for it. */
  email: string | null
}

const GOOGLE = 'https://accounts.google.com'
/** How long the issuer may take for one answer, in milliseconds. */
const TIMEOUT_MS = 5_000
/** How long an isolate remembers an issuer's configuration, in milliseconds. */
const CONFIGURATION_MS = 3_600_000
/** The longest `sub`, in characters (OpenID Connect Core 1.0 section 2). */
const MAX_SUBJECT_LENGTH = 255

const configurations = createLeases<oauth.AuthorizationServer>({
  leaseMs: CONFIGURATION_MS,
  unknownMs: 0,
  maxBytes: 262_144,
})

/**
 * The URL at the issuer to which the browser is sent. Throws service_unavailable if the issuer does
 * not answer.
 */
export async function authorizationUrl(
  client: OpenIdClient,
  { state, nonce, codeVerifier }: OpenIdRequest,
): Promise<string> {
  const { authorization_endpoint } = await configurationOf(client)
  const url = URL.parse(authorization_endpoint ?? '')
  if (url === null) throw unavailable(new Error('the issuer names no authorization endpoint'))
  const parameters = {
    response_type: 'code',
    client_id: client.clientId,
    redirect_uri: client.redirectUri,
    scope: 'openid email',
    state,
    nonce,
    code_challenge: await oauth.calculatePKCECodeChallenge(codeVerifier),
    code_challenge_method: 'S256',
  }
  for (const [name, value] of Object.entries(parameters)) url.searchParams.set(name, value)
  return url.href
}

/**
 * Exchanges the code that the issuer sent back with the browser, and returns the person of the ID
 * token. Null if the issuer, or the answer in the browser's URL, refuses: the person did not agree,
 * the code was used before or is another browser's, or the ID token is not for this request. Throws
 * service_unavailable if the issuer does not answer.
 */
export async function redeemCode(
  client: OpenIdClient,
  request: OpenIdRequest,
  query: URLSearchParams,
): Promise<OpenIdPerson | null> {
  const issuer = await configurationOf(client)
  const own = { client_id: client.clientId }
  try {
    const answer = oauth.validateAuthResponse(issuer, own, query, request.state)
    const response = await oauth.authorizationCodeGrantRequest(
      issuer,
      own,
      oauth.ClientSecretPost(client.clientSecret),
      answer,
      client.redirectUri,
      request.codeVerifier,
      options(client),
    )
    // The ID token comes from the issuer itself, over TLS, so its signature need not be checked
    // (section 3.1.3.7); its issuer, audience, expiry and nonce are.
    const tokens = await oauth.processAuthorizationCodeResponse(issuer, own, response, {
      expectedNonce: request.nonce,
      requireIdToken: true,
    })
    return personOf(client, oauth.getValidatedIdTokenClaims(tokens))
  } catch (error) {
    if (isRefusal(error)) return null
    throw unavailable(error)
  }
}

/** The person of an ID token's claims; null without a `sub` that could be stored. */
function personOf(
  { issuer }: OpenIdClient,
  claims: oauth.IDToken | undefined,
): OpenIdPerson | null {
  if (claims === undefined) return null
  const { sub, email, email_verified, hd } = claims
  if (sub === '' || sub.length > MAX_SUBJECT_LENGTH) return null
  // Only the boolean counts: "false" as a text would be true.
  const isVerified = email_verified === true && typeof email === 'string'
  const address = isVerified ? parseEmail(email) : null
  const isVouchedFor = address !== null && (issuer !== GOOGLE || isGooglesOwn(address, hd))
  return { subject: sub, email: isVouchedFor ? address : null }
}

/**
 * Whether Google runs the mailbox: an address of Gmail or of a Workspace (`hd`). Google verifies
 * any other address once, and goes on to call it verified when somebody else has it.
 */
function isGooglesOwn(address: string, hd: unknown): boolean {
  return address.endsWith('@gmail.com') || (typeof hd === 'string' && hd !== '')
}

/** Errors of an issuer whose answer is none: it is down, or something else answers. */
const NO_ANSWER: readonly (string | undefined)[] = [
  oauth.RESPONSE_IS_NOT_CONFORM,
  oauth.RESPONSE_IS_NOT_JSON,
  oauth.PARSE_ERROR,
]

/** Whether the issuer has answered, and its answer is a no or is not to be believed. */
function isRefusal(error: unknown): boolean {
  if (error instanceof oauth.AuthorizationResponseError) return true
  if (error instanceof oauth.ResponseBodyError) return error.status < 500
  return error instanceof oauth.OperationProcessingError && !NO_ANSWER.includes(error.code)
}

/** The issuer's configuration, which one isolate asks for once an hour. */
async function configurationOf(client: OpenIdClient): Promise<oauth.AuthorizationServer> {
  const known = configurations.peek(client.issuer, Date.now())?.value
  if (known != null) return known
  const from = Date.now()
  const url = new URL(client.issuer)
  try {
    const response = await oauth.discoveryRequest(url, options(client))
    const value = await oauth.processDiscoveryResponse(url, response)
    configurations.record(client.issuer, { value, from })
    return value
  } catch (error) {
    throw unavailable(error)
  }
}

function options({ issuer }: OpenIdClient) {
  return {
    signal: () => AbortSignal.timeout(TIMEOUT_MS),
    // The config allows http on loopback only.
    [oauth.allowInsecureRequests]: issuer.startsWith('http:'),
  }
}

function unavailable(cause: unknown): Problem {
  return new Problem('service_unavailable', {
    headers: { 'retry-after': '5' },
    cause,
  })
}
