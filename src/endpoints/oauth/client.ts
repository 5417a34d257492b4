/**
 * The client of a request: identified by its redirect URI where a person is asked for consent,
 * authenticated by its secret where it presents a code or a token.
 */

import type { OAuthClient } from '../../credentials/oauth/client.ts'
import type { Parameters } from '../../credentials/oauth/parameters.ts'
import { isSameRedirect } from '../../credentials/oauth/redirectUri.ts'
import { Problem } from '../../http/problem.ts'
import { equal, sha256Hex } from '../../lib/bytes.ts'
import type { Call } from '../../pipeline/call.ts'
import type { OAuthContext } from './endpoint.ts'
import { invalidRequest, requiredParameter } from './form.ts'

/**
 * The client of an authorization request, which must have registered the redirect URI (OAuth 2.1
 * section 2.3). Throws invalid_request, which counts for the address like every unauthenticated
 * answer; and rate_limit_exceeded, without a look-up, for an address that has guessed too often.
 */
export async function identifyClient(
  call: Call,
  { isolate, clients }: OAuthContext,
  { clientId, redirectUri }: { clientId: string; redirectUri: string },
): Promise<OAuthClient> {
  isolate.refusals.check(call.address)
  const client = await clients.resolve(call.env, clientId)
  if (client?.redirectUris.some((uri) => isSameRedirect(uri, redirectUri))) return client
  isolate.refusals.count(call.address)
  throw invalidRequest(
    client === null
      ? 'This application is not known here: no client has its client_id.'
      : 'This application has not registered its redirect_uri.',
  )
}

/**
 * The client that a form names; a confidential client must send its secret (RFC 6749 section
 * 2.3.1). It is called before the rest of the form is read, because `invalid_client` is what makes
 * a client register again when its registration is gone. Throws invalid_client or invalid_request.
 */
export async function authenticateClient(
  call: Call,
  { clients }: OAuthContext,
  form: Parameters,
): Promise<OAuthClient> {
  if (form.get('client_id') === undefined && /^basic /i.test(call.header('authorization') ?? '')) {
    // HTTP Basic is not supported; the answer names the scheme that the client used (RFC 6749
    // section 5.2).
    const challenge = `Basic realm="${new URL(call.url).host}"`
    throw new Problem('invalid_client', { headers: { 'www-authenticate': challenge } })
  }
  const clientId = requiredParameter(form, 'client_id')
  const client = await clients.resolvePresenter(call.env, clientId)
  if (client === null) throw new Problem('invalid_client')
  if (client.secretHash === null) return client
  const secret = form.get('client_secret')
  if (secret === undefined || !equal(await sha256Hex(secret), client.secretHash))
    throw new Problem('invalid_client')
  return client
}
