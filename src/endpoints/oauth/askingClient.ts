/** Which client asks for a person's consent, and whether the answer may go where it says. */

import type { Config } from '../../config/config.ts'
import type { OAuthClient } from '../../credentials/oauth/client.ts'
import { isSameRedirect } from '../../credentials/oauth/redirectUri.ts'
import { tooManyRequests } from '../../limits/headers.ts'
import type { AppContext } from '../../pipeline/context.ts'
import type { Isolate } from '../../store/isolate.ts'
import { invalidRequest } from './answer.ts'

/**
 * The client, if it has registered the redirect URI. Throws invalid_request, and counts it as any
 * unauthenticated answer: who guesses a lot is after a while not looked up any more.
 */
export async function askingClient(
  c: AppContext,
  { unauthenticatedLimit }: Config,
  isolate: Isolate,
  asked: { clientId: string; redirectUri: string },
): Promise<OAuthClient> {
  const limits = unauthenticatedLimit === null ? [] : [unauthenticatedLimit]
  const count = () => isolate.refusals.take(c.get('address'), limits, Date.now())
  if (isolate.refusals.isFull(c.get('address'), limits, Date.now())) throw tooManyRequests(count())
  const client = await isolate.clients.resolve(c.env, asked.clientId)
  const isRegistered = (uri: string) => isSameRedirect(uri, asked.redirectUri)
  if (client?.redirectUris.some(isRegistered)) return client
  count()
  throw invalidRequest(
    client === null
      ? 'No client with this client_id is known here.'
      : 'The redirect_uri is not one that the client has registered.',
  )
}
