/** The endpoints beside the route table, each at a path of OWN_PATHS: Hono apps, mounted as one. */
import { Hono } from 'hono/tiny'
import type { Config } from '../config/config.ts'
import { hasSignIn, OWN_PATHS } from '../config/ownPaths.ts'
import { lazy } from '../lib/lazy.ts'
import type { App } from '../pipeline/app.ts'
import type { Isolate } from '../store/isolate.ts'
import { discovery } from './discovery/documents.ts'
import { front } from './front.ts'
import { health } from './health.ts'
import { jwks } from './jwks.ts'
import { language } from './language.ts'
import { refuseOthers } from './method.ts'
import { authorizationServer, oauthContext } from './oauth/server.ts'
import { signIn } from './signIn.ts'
import { signOut } from './signOut.ts'

/**
 * All of them. An error that an app does not answer itself is thrown to the pipeline, which answers
 * it.
 */
export function ownEndpoints(config: Config, isolate: Isolate): Hono<App> {
  const app = new Hono<App>()
  app.onError((error) => {
    throw error
  })
  refuseOthers(app)
  app.route('/', health(config, isolate))
  app.route('/', jwks)
  const oauth = oauthContext(config, isolate)
  app.route('/', signIn(config, isolate, oauth))
  app.route('/', signOut(config, isolate))
  app.route('/', language(config, isolate))
  if (hasSignIn(config)) {
    const pages = lazy(async () => {
      const { dashboard } = await import('./dashboard/dashboard.ts')
      return dashboard(config, isolate)
    })
    for (const path of [OWN_PATHS.dashboard, `${OWN_PATHS.dashboard}/*`])
      app.all(path, async (c) => (await pages()).fetch(c.req.raw, c.env))
  }
  app.route('/', front(config, isolate))
  app.route('/', discovery(config))
  if (oauth !== null) app.route('/', authorizationServer(oauth))
  return app
}
