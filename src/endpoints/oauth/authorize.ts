/** `GET /api/oauth/authorize`: asks a signed-in person for consent (OAuth 2.1 section 4.1.1). */

import { readAuthorization } from '../../credentials/oauth/authorization.ts'
import { isDocumentUrl } from '../../credentials/oauth/clientId.ts'
import { parseParameters } from '../../credentials/oauth/parameters.ts'
import { isLoopback } from '../../credentials/oauth/redirectUri.ts'
import { audiencesOf, resourceOf } from '../../credentials/oauth/resource.ts'
import { Problem } from '../../http/problem.ts'
import { MAX_RETURN_PATH_LENGTH, returnPathOf } from '../../http/returnPath.ts'
import { randomHex, sha256Hex } from '../../lib/bytes.ts'
import { consentPage } from '../../pages/consent.tsx'
import { signInHref } from '../../pages/signIn.tsx'
import { createRequest } from '../../store/oauth/consents.ts'
import { redirect } from '../redirect.ts'
import { signedInPerson } from '../session.ts'
import { authorizationResponse } from './authorizationResponse.ts'
import { identifyClient } from './client.ts'
import type { OAuthEndpoint } from './endpoint.ts'
import { requiredParameter } from './form.ts'

const TOO_LONG =
  `The application's URL is too long to return to after signing in: it may have ` +
  `${MAX_RETURN_PATH_LENGTH} characters. The application has to ask with a shorter one.`

/**
 * The consent page; or a redirect to the sign-in page, or to the client with an error. Nothing is
 * redirected to a client before the person has signed in, nor to a redirect URI that the client has
 * not registered. Throws invalid_request, rate_limit_exceeded and service_unavailable.
 */
export const showConsent: OAuthEndpoint = async (call, context) => {
  const { config, oauth, isolate } = context
  const parameters = parseParameters(call.target.query)
  const clientId = requiredParameter(parameters, 'client_id')
  const redirectUri = requiredParameter(parameters, 'redirect_uri')
  const identify = () => identifyClient(call, context, { clientId, redirectUri })
  // A metadata document is fetched only for a person who is signed in, so that strangers cannot
  // make us fetch.
  const registered = isDocumentUrl(clientId) ? null : await identify()
  const person = await signedInPerson(call, config, isolate)
  const returnPath = returnPathOf(call.target)
  if (person === null) {
    if (returnPath === null) throw new Problem('uri_too_long', { message: TOO_LONG })
    return redirect(signInHref(returnPath))
  }
  isolate.consents.take(`account ${person.accountId}`)
  const client = registered ?? (await identify())

  const state = parameters.get('state') ?? null
  const resource = resourceOf(config, oauth)
  const request = readAuthorization(parameters, { scope: oauth.scope, resource })
  if ('error' in request) {
    const { error, sentence: error_description } = request
    return authorizationResponse(config, { redirectUri, state }, { error, error_description })
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
    returnPath,
    scope: request.scope,
    audiences: audiencesOf(config, oauth),
    isLoopback: isLoopback(redirectUri),
    clientHost: registered === null ? new URL(clientId).host : undefined,
  })
}
