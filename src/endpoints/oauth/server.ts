/** The OAuth 2.1 authorization server: what it answers, and where. */
import { Hono } from 'hono'
import type { Gateway } from '../../config/gateway.ts'
import { OAUTH_PATHS } from '../../credentials/oauth/resource.ts'
import { toPage } from '../../pages/problem.tsx'
import type { App } from '../../pipeline/context.ts'
import type { Isolate } from '../../store/isolate.ts'
import { oauthFailure, takeOnly } from './answer.ts'
import { authorize } from './authorize.ts'
import { answerConsent } from './consent.ts'
import { resourceMetadata, serverMetadata } from './metadata.ts'
import { register } from './register.ts'
import { revoke } from './revoke.ts'
import { token } from './token.ts'

/** Answers each path whatever the method, so that no row ever does. Nothing, if no tokens are issued. */
export function authorizationServer(gateway: Gateway, isolate: Isolate): Hono<App> {
  const { oauth } = gateway
  const app = new Hono<App>()
  if (oauth === null) return app

  const forPrograms = new Hono<App>()
  forPrograms.onError(oauthFailure(gateway, isolate))
  const documents: [path: string, document: object][] = [
    [OAUTH_PATHS.server, serverMetadata(gateway, oauth)],
    [OAUTH_PATHS.resource, resourceMetadata(gateway, oauth)],
    [OAUTH_PATHS.resource + oauth.resourcePath, resourceMetadata(gateway, oauth)],
  ]
  for (const [path, document] of documents) {
    forPrograms.all(path, (c) => {
      takeOnly(c, 'GET', 'HEAD')
      return c.json(document, 200, { 'cache-control': 'public, max-age=300' })
    })
  }
  forPrograms.all(OAUTH_PATHS.register, (c) => {
    takeOnly(c, 'POST')
    return register(c, oauth, isolate)
  })
  forPrograms.all(OAUTH_PATHS.token, (c) => {
    takeOnly(c, 'POST')
    return token(c, oauth, isolate)
  })
  forPrograms.all(OAUTH_PATHS.revoke, (c) => {
    takeOnly(c, 'POST')
    return revoke(c, isolate)
  })

  const forPeople = new Hono<App>()
  forPeople.onError(toPage)
  forPeople.all(OAUTH_PATHS.authorize, (c) => {
    takeOnly(c, 'GET', 'POST')
    return c.req.method === 'POST'
      ? answerConsent(c, gateway, oauth, isolate)
      : authorize(c, gateway, oauth, isolate)
  })
  return app.route('/', forPrograms).route('/', forPeople)
}
