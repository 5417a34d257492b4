/** The endpoints beside the route table, each at a path of OWN_PATHS: Hono apps, mounted as one. */
import { Hono } from 'hono/tiny'
import type { Config } from '../config/config.ts'
import { Problem } from '../http/problem.ts'
import type { App } from '../pipeline/app.ts'
import type { Isolate } from '../store/isolate.ts'
import { discovery } from './discovery/documents.ts'
import { health } from './health.ts'
import { jwks } from './jwks.ts'
import { language } from './language.ts'
import { authorizationServer } from './oauth/server.ts'
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
  app.notFound(() => {
    throw new Problem('not_found')
  })
  app.route('/', health)
  app.route('/', jwks)
  app.route('/', signIn(config, isolate))
  app.route('/', signOut(config, isolate))
  app.route('/', language(config, isolate))
  app.route('/', discovery(config))
  app.route('/', authorizationServer(config, isolate))
  return app
}
