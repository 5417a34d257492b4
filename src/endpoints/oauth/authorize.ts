/** `GET /api/oauth/authorize`: asks a signed-in person for consent (OAuth 2.1 section 4.1.1). */

import type { Config } from '../../config/config.ts'
import { type OAuth, scopeWords } from '../../config/oauthSettings.ts'
import { hasSignIn } from '../../config/ownPaths.ts'
import { pathOf } from '../../config/routePath.ts'
import { readAuthorization } from '../../credentials/oauth/authorization.ts'
import { isDocumentUrl } from '../../credentials/oauth/clientId.ts'
import { parseParameters } from '../../credentials/oauth/parameters.ts'
import { appSchemeOf, isLoopback } from '../../credentials/oauth/redirectUri.ts'
import { Problem } from '../../http/problem.ts'
import { MAX_RETURN_PATH_LENGTH, returnPathOf } from '../../http/returnPath.ts'
import { randomHex, sha256Hex } from '../../lib/bytes.ts'
import type { Locale } from '../../lib/locale.ts'
import { type Consent, consentPage } from '../../pages/consent.tsx'
import { DASHBOARD_PATHS } from '../../pages/dashboard/paths.ts'
import { signInHref } from '../../pages/signIn.tsx'
import { viewOf } from '../../pages/view.ts'
import { CONSENT, CONSENT_PROBLEM } from '../../pages/words/consent.ts'
import { filled } from '../../pages/words.ts'
import { createRequest } from '../../store/oauth/consents.ts'
import { redirect } from '../redirect.ts'
import { signedInPerson } from '../session.ts'
import { authorizationResponse } from './authorizationResponse.ts'
import { identifyClient } from './client.ts'
import type { OAuthEndpoint } from './endpoint.ts'
import { requiredParameter } from './form.ts'

const TOO_LONG = filled(CONSENT_PROBLEM.tooLong, { length: MAX_RETURN_PATH_LENGTH })

/**
 * The consent page; or a redirect to the sign-in page, or to the client with an error. Nothing is
 * redirected to a client before the person has signed in, nor to a redirect URI that the client has
 * not registered. Throws invalid_request, rate_limit_exceeded and service_unavailable.
 */
export const showConsent: OAuthEndpoint = async (call, context) => {
  const { config, oauth, isolate } = context
  const parameters = parseParameters(call.target.query, ['resource'])
  const clientId = requiredParameter(parameters, 'client_id')
  const redirectUri = requiredParameter(parameters, 'redirect_uri')
  const identify = () => identifyClient(call, context, { clientId, redirectUri })
  // A metadata document is fetched only for a person who is signed in, so that strangers cannot
  // make us fetch.
  const registered = isDocumentUrl(clientId) ? null : await identify()
  const person = await signedInPerson(call, config, isolate)
  const returnPath = returnPathOf(call.target)
  if (person === null) {
    if (returnPath === null)
      throw new Problem('uri_too_long', { message: TOO_LONG.en, inWords: TOO_LONG })
    return redirect(signInHref(returnPath))
  }
  isolate.consents.take(`account ${person.accountId}`)
  const client = registered ?? (await identify())

  const state = parameters.get('state') ?? null
  const request = readAuthorization(parameters, oauth.resources)
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
  const view = viewOf(call, config, person)
  return consentPage(view, {
    clientName,
    redirectHost,
    requestToken,
    email: person.email,
    returnPath,
    scopes: scopesInWords(oauth, request.scope, view.words.locale),
    resource: request.resource,
    lasts: client.refreshes
      ? view.words.say(CONSENT.untilIdle, { time: view.words.duration(oauth.refreshMs) })
      : view.words.duration(oauth.accessMs),
    endedAt: grantsUrlOf(config),
    isLoopback: isLoopback(redirectUri),
    program,
    clientHost: registered === null ? new URL(clientId).host : undefined,
  })
}

/** The scopes of a request, each with the config's words for it in the language of the page. */
function scopesInWords(oauth: OAuth, scope: string, locale: Locale): Consent['scopes'] {
  const words = scopeWords(oauth, locale)
  return scope.split(' ').map((name) => ({ name, words: words.get(name) ?? name }))
}

/**
 * The URL at which a person ends grants: the page of connected apps, or without our pages the route
 * that lists grants; undefined if there is neither.
 */
function grantsUrlOf(config: Config): string | undefined {
  const { publicUrl, routes } = config
  if (hasSignIn(config)) return publicUrl + DASHBOARD_PATHS.apps
  const route = routes.find(
    ({ target }) => 'endpoint' in target && target.endpoint === 'grants.list',
  )
  return route && publicUrl + pathOf(route)
}
