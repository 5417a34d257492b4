/**
 * The OAuth 2.1 authorization server: which path takes which methods, and which endpoint answers.
 */
import { Hono } from 'hono/tiny'
import type { Config } from '../../config/config.ts'
import { oauthPaths } from '../../config/ownPaths.ts'
import { problemToPage } from '../../pages/problem.tsx'
import type { App } from '../../pipeline/app.ts'
import type { Isolate } from '../../store/isolate.ts'
import { createClientStore } from '../../store/oauth/clients.ts'
import { requireMethod } from '../method.ts'
import { showConsent } from './authorize.ts'
import { answerConsent } from './consent.ts'
import { type OAuthContext, type OAuthEndpoint, problemToOAuthError } from './endpoint.ts'
import { ID_TOKEN_KEYS, openIdMetadata, resourceMetadata, serverMetadata } from './metadata.ts'
import { register } from './register.ts'
import { revoke } from './revoke.ts'
import { token } from './token.ts'

/** Hono's name for every method. */
const ANY = 'ALL'

/** The context that the endpoints of OAuth share; null if the config has no OAuth. */
export function oauthContext(config: Config, isolate: Isolate): OAuthContext | null {
  const { oauth } = config
  if (oauth === null) return null
  const { appSchemes } = oauth
  const clients = createClientStore({
    lookUps: isolate.clientLookUps,
    leaseMs: config.leaseMs,
    hosts: config.hosts,
    appSchemes,
    userAgent: `Turnpike (+${config.publicUrl})`,
  })
  return { config, oauth, isolate, clients }
}

/** All paths of the server, each with every method, so that no route answers one. */
export function authorizationServer(context: OAuthContext): Hono<App> {
  const { config, oauth, isolate } = context
  const app = new Hono<App>()
  const paths = oauthPaths(config)
  if (paths === null) return app

  const forClients = new Hono<App>()
  forClients.onError(problemToOAuthError(isolate))
  const documents: [paths: readonly string[], document: object][] = [
    [paths.serverMetadata, serverMetadata(config, oauth)],
    [paths.openIdMetadata, openIdMetadata(config, oauth)],
    [paths.idTokenKeys, ID_TOKEN_KEYS],
    ...Array.from(paths.resourceMetadata, ([resource, at]): [readonly string[], object] => {
      return [at, resourceMetadata(config, resource)]
    }),
  ]
  for (const [at, document] of documents) {
    forClients.on(ANY, [...at], (c) => {
      requireMethod(c.env.call, 'GET', 'HEAD')
      return c.json(document, 200, { 'cache-control': 'public, max-age=300' })
    })
  }
  const endpoints: [paths: readonly string[], answer: OAuthEndpoint][] = [
    [paths.register, register],
    [paths.token, token],
    [paths.revoke, revoke],
  ]
  for (const [at, answer] of endpoints) {
    forClients.on(ANY, [...at], ({ env: { call } }) => {
      requireMethod(call, 'POST')
      return answer(call, context)
    })
  }

  const forPeople = new Hono<App>()
  forPeople.onError(problemToPage(config))
  forPeople.on(ANY, [...paths.authorize], ({ env: { call } }) => {
    requireMethod(call, 'GET', 'POST')
    return call.method === 'POST' ? answerConsent(call, context) : showConsent(call, context)
  })
  return app.route('/', forClients).route('/', forPeople)
}
