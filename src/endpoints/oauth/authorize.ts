/** `GET /api/oauth/authorize`: asks a signed-in person for consent (OAuth 2.1 section 4.1.1). */

import { OWN_PATHS } from '../../config/ownPaths.ts'
import { readAuthorization } from '../../credentials/oauth/authorization.ts'
import { isDocumentUrl } from '../../credentials/oauth/clientId.ts'
import { parseParameters } from '../../credentials/oauth/parameters.ts'
import { appSchemeOf, isLoopback } from '../../credentials/oauth/redirectUri.ts'
import { audiencesOf, resourceOf } from '../../credentials/oauth/resource.ts'
import { randomHex, sha256Hex } from '../../lib/bytes.ts'
import { consentPage } from '../../pages/consent.tsx'
import { createRequest } from '../../store/oauth/consents.ts'
import { redirect } from '../redirect.ts'
import { signedInPerson } from '../session.ts'
import { authorizationResponse } from './authorizationResponse.ts'
import { identifyClient } from './client.ts'
import type { OAuthEndpoint } from './endpoint.ts'
import { requiredParameter } from './form.ts'

/**
 * The consent page; or a redirect to the sign-in page, or to the client with an error. Nothing is
 * redirected to a client before the person has signed in, nor to a redirect URI that the client has
 * not registered. Throws invalid_request, rate_limit_exceeded and service_unavailable.
 */
export const showConsent: OAuthEndpoint = async (call, context) => {
  const { config, oauth, isolate } = context
  const { path, query } = call.target
  const parameters = parseParameters(query)
  const clientId = requiredParameter(parameters, 'client_id')
  const redirectUri = requiredParameter(parameters, 'redirect_uri')
  const identify = () => identifyClient(call, context, { clientId, redirectUri })
  // A metadata document is fetched only for a person who is signed in, so that strangers cannot
  // make us fetch.
  const registered = isDocumentUrl(clientId) ? null : await identify()
  const person = await signedInPerson(call, config, isolate)
  if (person === null)
    return redirect(`${OWN_PATHS.signIn}?return=${encodeURIComponent(path + query)}`)
  isolate.consents.take(`account ${person.accountId}`)
  const client = registered ?? (await identify())

  const state = parameters.get('state') ?? null
  const resource = resourceOf(config, oauth)
  const request = readAuthorization(parameters, { scope: oauth.scope, resource })
  if ('error' in request) {
    const { error, sentence: error_description } = request
    return authorizationResponse(config, { redirectUri, state }, { error, error_description })
  }
  await context.clients.recordShown(call.env, client, Date.now())
  const requestToken = randomHex(32)
  const scheme = appSchemeOf(redirectUri)
  const program = scheme === null ? undefined : oauth.appSchemes[scheme]
  const redirectHost = program === undefined ? new URL(redirectUri).host : `${program} (${scheme}:)`
  const clientName = client.name ?? redirectHost
  await createRequest(call.env, {
    hash: await sha256Hex(requestToken),
    redirectUri,
    state,
    clientId,
    clientName,
    accountId: person.accountId,
    sessionId: person.sessionId,
    scope: request.scope,
    resource: request.resource,
    challenge: request.challenge,
    refreshes: client.refreshes,
    expiresAt: Date.now() + oauth.consentMs,
  })
  return consentPage(call, {
    clientName,
    redirectHost,
    requestToken,
    email: person.email,
    scope: request.scope,
    audiences: audiencesOf(config, oauth),
    isLoopback: isLoopback(redirectUri),
    program,
    clientHost: registered === null ? new URL(clientId).host : undefined,
  })
}
