/** Which client asks for a person's consent, and whether the answer may go where it says. */
import type { AppContext } from '../../context.ts'
import type { OAuthClient } from '../../credentials/oauthClient.ts'
import { isSameRedirect } from '../../credentials/redirectUri.ts'
import type { Gateway } from '../../lib/gateway.ts'
import { tooManyRequests } from '../../lib/rateLimitHeaders.ts'
import type { Isolate } from '../../store/isolate.ts'
import { invalidRequest } from './answer.ts'

/**
 * The client, if it has registered the redirect URI. Throws invalid_request, and counts it as any
 * unauthenticated answer: who guesses a lot is after a while not looked up any more.
 */
export async function askingClient(
  c: AppContext,
  { unauthenticatedLimit }: Gateway,
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
