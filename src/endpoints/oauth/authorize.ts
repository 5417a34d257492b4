/** `GET /api/oauth/authorize`: shows a signed-in person what a client asks for (OAuth 2.1 section 4.1.1). */

import type { Config, OAuth } from '../../config/config.ts'
import { readAuthorization } from '../../credentials/oauth/authorization.ts'
import { isDocumentUrl } from '../../credentials/oauth/clientId.ts'
import { type Parameters, parseParameters } from '../../credentials/oauth/parameters.ts'
import { isLoopback } from '../../credentials/oauth/redirectUri.ts'
import { audiencesOf, resourceOf } from '../../credentials/oauth/resource.ts'
import { randomHex, sha256Hex } from '../../lib/bytes.ts'
import { consentPage } from '../../pages/consent.tsx'
import type { Call } from '../../pipeline/call.ts'
import type { Isolate } from '../../store/isolate.ts'
import { createRequest } from '../../store/oauth/consents.ts'
import { signedIn } from '../session.ts'
import { invalidRequest } from './answer.ts'
import { askingClient } from './askingClient.ts'
import { redirect, toClient } from './redirect.ts'

/**
 * The consent page; or 303 to sign in, or back to the client with an error. Nothing goes to a client
 * before the person is signed in, nor to a place that it has not registered: that is a page of ours.
 */
export async function showConsent(
  call: Call,
  config: Config,
  oauth: OAuth,
  isolate: Isolate,
): Promise<Response> {
  const { path, query } = call.target
  const parameters = parseParameters(query)
  const clientId = once(parameters, 'client_id')
  const redirectUri = once(parameters, 'redirect_uri')
  const find = () => askingClient(call, isolate, { clientId, redirectUri })
  // A document is fetched for nobody but a person who is signed in.
  const registered = isDocumentUrl(clientId) ? null : await find()
  const person = await signedIn(call, config, isolate)
  if (person === null) return redirect(`/sign-in?return=${encodeURIComponent(path + query)}`)
  isolate.consents.take(`account ${person.accountId}`)
  const client = registered ?? (await find())

  const state = parameters.get('state') ?? null
  const resource = resourceOf(config, oauth)
  const asked = readAuthorization(parameters, { scope: oauth.scope, resource })
  if ('error' in asked) {
    const { error, sentence: error_description } = asked
    return toClient(config, { redirectUri, state }, { error, error_description })
  }
  const requestToken = randomHex(32)
  const { host: redirectHost } = new URL(redirectUri)
  const clientName = client.name ?? redirectHost
  await createRequest(call.env, {
    hash: await sha256Hex(requestToken),
    redirectUri,
    state,
    clientId,
    clientName,
    accountId: person.accountId,
    sessionId: person.sessionId,
    ...asked,
    refreshes: client.refreshes,
    expiresAt: Date.now() + oauth.consentMs,
  })
  return consentPage(call, {
    clientName,
    redirectHost,
    requestToken,
    email: person.email,
    scope: asked.scope,
    audiences: audiencesOf(config, oauth),
    isLoopback: isLoopback(redirectUri),
    clientHost: registered === null ? new URL(clientId).host : undefined,
  })
}

/** A parameter on which it depends where an answer may go. Throws invalid_request. */
function once(parameters: Parameters, name: string): string {
  if (parameters.isRepeated(name)) throw invalidRequest(`${name} may come only once.`)
  const value = parameters.get(name)
  if (value === undefined) throw invalidRequest(`${name} is missing.`)
  return value
}
