/** Which client asks for a person's consent, and whether the answer may go where it says. */

import type { OAuthClient } from '../../credentials/oauth/client.ts'
import { isSameRedirect } from '../../credentials/oauth/redirectUri.ts'
import type { Call } from '../../pipeline/call.ts'
import type { Isolate } from '../../store/isolate.ts'
import { invalidRequest } from './answer.ts'

/**
 * The client, if it has registered the redirect URI. Throws invalid_request, and counts it as any
 * unauthenticated answer: who guesses a lot is after a while not looked up any more.
 */
export async function askingClient(
  call: Call,
  isolate: Isolate,
  asked: { clientId: string; redirectUri: string },
): Promise<OAuthClient> {
  isolate.refusals.check(call.address)
  const client = await isolate.clients.resolve(call.env, asked.clientId)
  const isRegistered = (uri: string) => isSameRedirect(uri, asked.redirectUri)
  if (client?.redirectUris.some(isRegistered)) return client
  isolate.refusals.count(call.address)
  throw invalidRequest(
    client === null
      ? 'No client with this client_id is known here.'
      : 'The redirect_uri is not one that the client has registered.',
  )
}
