/** The OAuth 2.1 authorization server: what it answers, and where. */
import { Hono } from 'hono'
import type { Config } from '../../config/config.ts'
import { OWN_PATHS } from '../../config/ownPaths.ts'
import { toPage } from '../../pages/problem.tsx'
import type { App } from '../../pipeline/app.ts'
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
  forPrograms.onError(oauthFailure(isolate))
  const documents: [path: string, document: object][] = [
    [OWN_PATHS.serverMetadata, serverMetadata(config, oauth)],
    [OWN_PATHS.resourceMetadata, resourceMetadata(config, oauth)],
    [OWN_PATHS.resourceMetadata + oauth.resourcePath, resourceMetadata(config, oauth)],
  ]
  for (const [path, document] of documents) {
    forPrograms.all(path, (c) => {
      takeOnly(c.env.call, 'GET', 'HEAD')
      return c.json(document, 200, { 'cache-control': 'public, max-age=300' })
    })
  }
  forPrograms.all(OWN_PATHS.register, ({ env: { call } }) => {
    takeOnly(call, 'POST')
    return register(call, oauth, isolate)
  })
  forPrograms.all(OWN_PATHS.token, ({ env: { call } }) => {
    takeOnly(call, 'POST')
    return token(call, oauth, isolate)
  })
  forPrograms.all(OWN_PATHS.revoke, ({ env: { call } }) => {
    takeOnly(call, 'POST')
    return revoke(call, isolate)
  })

  const forPeople = new Hono<App>()
  forPeople.onError(toPage)
  forPeople.all(OWN_PATHS.authorize, ({ env: { call } }) => {
    takeOnly(call, 'GET', 'POST')
    return call.method === 'POST'
      ? answerConsent(call, config, oauth, isolate)
      : showConsent(call, config, oauth, isolate)
  })
  return app.route('/', forPrograms).route('/', forPeople)
}
