/** What the gateway answers itself, beside the route table: Hono apps, put together. */
import { Hono } from 'hono'
import type { Config } from '../config/config.ts'
import { Problem } from '../http/problem.ts'
import type { App } from '../pipeline/app.ts'
import type { Isolate } from '../store/isolate.ts'
import { discovery } from './discovery/documents.ts'
import { authorizationServer } from './oauth/server.ts'
import { health, jwks, signOut } from './own.ts'
import { signIn } from './signIn.ts'

/** All endpoints that are no route of the table. Throws what its apps throw and do not answer themselves. */
export function ownEndpoints(config: Config, isolate: Isolate): Hono<App> {
  const app = new Hono<App>()
  app.onError((error) => {
    throw error // the pipeline's to answer
  })
  app.notFound(() => {
    throw new Problem('not_found')
  })
  app.route('/', health)
  app.route('/', jwks)
  app.route('/', signOut(config, isolate))
  app.route('/', signIn(config, isolate))
  app.route('/', discovery(config))
  app.route('/', authorizationServer(config, isolate))
  return app
}
