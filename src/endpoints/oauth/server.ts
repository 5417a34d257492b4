/**
 * The OAuth 2.1 authorization server: which path takes which methods, and which endpoint answers.
 */
import { Hono } from 'hono/tiny'
import type { Config } from '../../config/config.ts'
import { OWN_PATHS, resourceMetadataPath } from '../../config/ownPaths.ts'
import { problemToPage } from '../../pages/problem.tsx'
import type { App } from '../../pipeline/app.ts'
import type { Isolate } from '../../store/isolate.ts'
import { createClientStore } from '../../store/oauth/clients.ts'
import { requireMethod } from '../method.ts'
import { showConsent } from './authorize.ts'
import { answerConsent } from './consent.ts'
import { type OAuthEndpoint, problemToOAuthError } from './endpoint.ts'
import { resourceMetadata, serverMetadata } from './metadata.ts'
import { register } from './register.ts'
import { revoke } from './revoke.ts'
import { token } from './token.ts'

/**
 * All of its paths, each with every method, so that no route answers one. An empty app if the
 * config has no OAuth.
 */
export function authorizationServer(config: Config, isolate: Isolate): Hono<App> {
  const { oauth } = config
  const app = new Hono<App>()
  if (oauth === null) return app
  const { registrations } = oauth.limits
  const clients = createClientStore({ registrations, hosts: config.hosts })
  const context = { config, oauth, isolate, clients }

  const forClients = new Hono<App>()
  forClients.onError(problemToOAuthError(isolate))
  const documents: [path: string, document: object][] = [
    [OWN_PATHS.serverMetadata, serverMetadata(config, oauth)],
    ...oauth.resources.map((resource): [string, object] => [
      resourceMetadataPath(resource.path),
      resourceMetadata(config, resource),
    ]),
    // The path "/" has the same one, so it comes first.
    [OWN_PATHS.resourceMetadata, resourceMetadata(config, oauth.resources[0])],
  ]
  for (const [path, document] of documents) {
    forClients.all(path, (c) => {
      requireMethod(c.env.call, 'GET', 'HEAD')
      return c.json(document, 200, { 'cache-control': 'public, max-age=300' })
    })
  }
  const endpoints: [path: string, answer: OAuthEndpoint][] = [
    [OWN_PATHS.register, register],
    [OWN_PATHS.token, token],
    [OWN_PATHS.revoke, revoke],
  ]
  for (const [path, answer] of endpoints) {
    forClients.all(path, ({ env: { call } }) => {
      requireMethod(call, 'POST')
      return answer(call, context)
    })
  }

  const forPeople = new Hono<App>()
  forPeople.onError(problemToPage)
  forPeople.all(OWN_PATHS.authorize, ({ env: { call } }) => {
    requireMethod(call, 'GET', 'POST')
    return call.method === 'POST' ? answerConsent(call, context) : showConsent(call, context)
  })
  return app.route('/', forClients).route('/', forPeople)
}
