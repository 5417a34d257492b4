/** The OAuth 2.1 authorization server: what it answers, and where. */
import { Hono } from 'hono'
import type { Config } from '../../config/config.ts'
import { OAUTH_PATHS } from '../../credentials/oauth/resource.ts'
import { toPage } from '../../pages/problem.tsx'
import type { App } from '../../pipeline/context.ts'
import type { Isolate } from '../../store/isolate.ts'
import { oauthFailure, takeOnly } from './answer.ts'
import { showConsent } from './authorize.ts'
import { answerConsent } from './consent.ts'
import { resourceMetadata, serverMetadata } from './metadata.ts'
import { register } from './register.ts'
import { revoke } from './revoke.ts'
import { token } from './token.ts'

/** Answers each path whatever the method, so that no row ever does. Nothing, if no tokens are issued. */
export function authorizationServer(config: Config, isolate: Isolate): Hono<App> {
  const { oauth } = config
  const app = new Hono<App>()
  if (oauth === null) return app

  const forPrograms = new Hono<App>()
  forPrograms.onError(oauthFailure(config, isolate))
  const documents: [path: string, document: object][] = [
    [OAUTH_PATHS.server, serverMetadata(config, oauth)],
    [OAUTH_PATHS.resource, resourceMetadata(config, oauth)],
    [OAUTH_PATHS.resource + oauth.resourcePath, resourceMetadata(config, oauth)],
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
      ? answerConsent(c, config, oauth, isolate)
      : showConsent(c, config, oauth, isolate)
  })
  return app.route('/', forPrograms).route('/', forPeople)
}
