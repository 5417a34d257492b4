/** The whole gateway: what every request meets, what the gateway answers itself, what it guards. */
import { Hono } from 'hono'
import { type Config, isPricedByCall, isPricedByResult, type Route } from './config/config.ts'
import { discovery } from './endpoints/discovery/documents.ts'
import { authorizationServer } from './endpoints/oauth/server.ts'
import { health, jwks, signOut } from './endpoints/own.ts'
import { signIn } from './endpoints/signIn.ts'
import { answer } from './endpoints/table.ts'
import shipped from './gateway.config.ts'
import type { App, Stage } from './pipeline/context.ts'
import { TableRouter } from './pipeline/tableRouter.ts'
import { authenticate } from './stages/authenticate.ts'
import { authorize } from './stages/authorize.ts'
import { canonical } from './stages/canonical.ts'
import { charge } from './stages/charge.ts'
import { cors } from './stages/cors.ts'
import { manage } from './stages/manage.ts'
import { meter } from './stages/meter.ts'
import { ownHeaders } from './stages/ownHeaders.ts'
import { pageOrigin } from './stages/pageOrigin.ts'
import { proxy } from './stages/proxy.ts'
import { rateLimit } from './stages/rateLimit.ts'
import { requestId } from './stages/requestId.ts'
import { noSuchRoute, toResponse } from './stages/toResponse.ts'
import type { Env } from './store/env.ts'
import { createIsolate } from './store/isolate.ts'
import { reap } from './store/reap.ts'

/** What answers requests: one for each config. */
export function createGateway(config: Config): Hono<App> {
  const isolate = createIsolate(config)
  const app = new Hono<App>({ router: new TableRouter() })

  // Every request: one id, one reading of it, one way to fail.
  app.use(requestId(), ownHeaders, canonical(config), cors(config))
  if (config.routes.some(isPricedByResult)) app.use(manage(config, isolate)) // a payer's channel, beside its calls
  app.onError(toResponse)
  app.notFound(noSuchRoute(config))

  // What the gateway answers itself.
  app.route('/', health)
  app.route('/', jwks)
  app.route('/', signOut(config, isolate))
  app.route('/', signIn(config, isolate))
  app.route('/', discovery(config, isolate))
  app.route('/', authorizationServer(config, isolate))

  // What it guards. Order is the product: nothing is charged before it is allowed, nothing is proxied before it is paid.
  for (const route of config.routes) {
    const stages = [
      matched(route),
      route.protocol === 'mcp' && pageOrigin(config), // 403  may that page call?
      authenticate(route, config, isolate), //           401  who is calling?
      hasScope(route) && authorize(route, config), //    403  may they do this?
      rateLimit(route, isolate), //                       429  not too often?
      isPricedByCall(route) && charge(route, config, isolate), //  402  is it paid for?
      isPricedByResult(route) && meter(route, config, isolate), // 402  are its results?
      'origin' in route.target
        ? proxy(route, route.target.origin, config, isolate) // 502  what does the origin say?
        : answer(route, route.target.endpoint, config, isolate),
    ]
    const path = `/${route.segments.join('/')}`
    app.on([...route.methods], [path], ...stages.filter((stage) => stage !== false))
  }
  return app
}

const hasScope = (route: Route): route is Route & { scope: string } => route.scope !== null

const matched = (route: Route): Stage =>
  async function matched(c, next) {
    c.set('route', route)
    await next()
  }

/** A gateway as it is deployed: it also clears away, by the cron of wrangler.toml, what nobody needs any more. */
export function createWorker(config: Config) {
  const { fetch } = createGateway(config)
  return { fetch, scheduled: (_: unknown, env: Env) => reap(env, Date.now()) }
}

export default createWorker(shipped)
