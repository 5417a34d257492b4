/**
 * The client of a request: identified by its redirect URI where a person is asked for consent,
 * authenticated by its secret where it presents a code or a token.
 */

import type { OAuthClient } from '../../credentials/oauth/client.ts'
import { readPresentedClient } from '../../credentials/oauth/clientAuthentication.ts'
import type { Parameters } from '../../credentials/oauth/parameters.ts'
import { isRedirectUri, isSameRedirect } from '../../credentials/oauth/redirectUri.ts'
import { Problem } from '../../http/problem.ts'
import { equal, sha256Hex } from '../../lib/bytes.ts'
import { CONSENT_PROBLEM } from '../../pages/words/consent.ts'
import type { Call } from '../../pipeline/call.ts'
import type { OAuthContext } from './endpoint.ts'
import { invalidRequest, invalidRequestInWords } from './form.ts'

const UNREADABLE_URL =
  ' A client_id that is a URL must be https on a public host name, ' +
  'with a path, and without a port, query or fragment.'

/**
 * The client of an authorization request, which must have registered the redirect URI (OAuth 2.1
 * section 2.3). Throws invalid_request and client_document_unusable, which count for the address
 * like every unauthenticated answer; and rate_limit_exceeded, without a look-up, for an address
 * that has guessed too often.
 */
export async function identifyClient(
  call: Call,
  { oauth, isolate, clients }: OAuthContext,
  { clientId, redirectUri }: { clientId: string; redirectUri: string },
): Promise<OAuthClient> {
  isolate.refusals.check(call)
  const client = await clients.resolve(call, clientId)
  if (client !== null && !('refusal' in client)) {
    const isRegistered = client.redirectUris.some((uri) => isSameRedirect(uri, redirectUri))
    // The config may have ceased to allow a scheme.
    if (isRegistered && isRedirectUri(redirectUri, oauth.appSchemes)) return client
  }
  isolate.refusals.count(call)
  if (client === null)
    throw invalidRequestInWords(
      CONSENT_PROBLEM.unknown,
      /^https?:/i.test(clientId) ? UNREADABLE_URL : '',
    )
  if (!('refusal' in client)) throw invalidRequestInWords(CONSENT_PROBLEM.notRegistered)
  const document = `The metadata document of this application at ${new URL(clientId).host}`
  const when = client.isFleeting ? '' : ' in 10 minutes'
  throw new Problem('client_document_unusable', {
    message: `${document} could not be read, try again${when}: it ${client.refusal}.`,
  })
}

/**
 * The client that a request names; a confidential client must send its secret, by HTTP Basic or in
 * the form (RFC 6749 section 2.3.1). It is called before the rest of the form is read, because
 * `invalid_client` is what makes a client register again when its registration is gone. Throws
 * invalid_client, with a challenge if the request has an `Authorization` of Basic (section 5.2);
 * invalid_request, rate_limit_exceeded and service_unavailable.
 */
export async function authenticateClient(
  call: Call,
  { clients }: OAuthContext,
  form: Parameters,
): Promise<OAuthClient> {
  const presented = readPresentedClient(call.header('authorization'), form)
  if (presented === null) throw invalidRequest('client_id is missing.')
  if (presented === 'two')
    throw invalidRequest('Authenticate the client once: by HTTP Basic, or in the form.')
  const { id, secret, isBasic } =
    presented === 'malformed' ? { id: '', secret: undefined, isBasic: true } : presented
  const client = await clients.resolvePresenter(call, id)
  if (client !== null && (await isSecretOf(client, secret))) return client
  const challenge = { 'www-authenticate': `Basic realm="${new URL(call.url).host}"` }
  throw new Problem('invalid_client', { headers: isBasic ? challenge : {} })
}

/** Whether a secret is the client's; a public client needs none, and none is looked at. */
async function isSecretOf(
  { secretHash }: OAuthClient,
  secret: string | undefined,
): Promise<boolean> {
  if (secretHash === null) return true
  return secret !== undefined && equal(await sha256Hex(secret), secretHash)
}
