/** The whole gateway: what every request meets, what the gateway answers itself, what it guards. */
import { HonoBase as Hono } from 'hono/hono-base'
import { type Config, isPricedByCall, isPricedByResult, type Route } from './config/config.ts'
import { ownPathsOf } from './config/ownPaths.ts'
import shipped from './gateway.config.ts'
import { endpointsOf, type GatewayApp, getPath, handle } from './pipeline/app.ts'
import { lazyHandler, pipeline, type Stage } from './pipeline/call.ts'
import { TableRouter } from './pipeline/tableRouter.ts'
import { authenticate } from './stages/authenticate.ts'
import { authorize } from './stages/authorize.ts'
import { canonical } from './stages/canonical.ts'
import { charge } from './stages/charge.ts'
import { cors } from './stages/cors.ts'
import { failures } from './stages/failures.ts'
import { manage } from './stages/manage.ts'
import { meter } from './stages/meter.ts'
import { noServiceWorker } from './stages/noServiceWorker.ts'
import { noSuchRoute } from './stages/noSuchRoute.ts'
import { ownHeaders } from './stages/ownHeaders.ts'
import { pageOrigin } from './stages/pageOrigin.ts'
import { proxy } from './stages/proxy.ts'
import { rateLimit } from './stages/rateLimit.ts'
import { requestLog } from './stages/requestLog.ts'
import type { Env } from './store/env.ts'
import { createIsolate } from './store/isolate.ts'

/** What answers requests: one for each config. */
export function createGateway(config: Config): Hono<GatewayApp> {
  const isolate = createIsolate(config)
  const app = new Hono<GatewayApp>({ router: new TableRouter(), getPath })

  // Every request: one line in the log, one way to fail, one reading of it.
  const every = [
    requestLog(),
    failures,
    ownHeaders,
    canonical(config),
    cors(config),
    config.routes.some(isPricedByResult) && manage(config, isolate), // a payer's channel, beside its calls
  ]

  // What the gateway answers itself: Hono apps, loaded with the first request for one.
  const own = lazyHandler(async () => {
    const { ownEndpoints } = await import('./endpoints/ownEndpoints.ts')
    return endpointsOf(ownEndpoints(config, isolate))
  })
  for (const path of ownPathsOf(config)) app.all(path, handle(pipeline(every, own)))

  // What it guards. Order is the product: nothing is charged before it is allowed, nothing is proxied before it is paid.
  for (const route of config.routes) {
    const { target } = route
    const stages = [
      matched(route),
      noServiceWorker, //                                 403  does a browser want a script?
      route.protocol === 'mcp' && pageOrigin(config), //  403  may that page call?
      authenticate(route, config, isolate), //            401  who is calling?
      hasScope(route) && authorize(route, config), //     403  may they do this?
      rateLimit(route, isolate), //                       429  not too often?
      isPricedByCall(route) && charge(route, config, isolate), //  402  is it paid for?
      isPricedByResult(route) && meter(route, config, isolate), // 402  are its results?
    ]
    const end =
      'origin' in target
        ? proxy(route, target.origin, config, isolate) // 502  what does the origin say?
        : lazyHandler(async () => {
            const { endpoint } = await import('./endpoints/routeEndpoints.ts')
            return endpoint(route, target.endpoint, config, isolate)
          })
    const path = `/${route.segments.join('/')}`
    app.on([...route.methods], [path], handle(pipeline([...every, ...stages], end)))
  }
  app.notFound(handle(pipeline(every, noSuchRoute(config))))
  return app
}

const hasScope = (route: Route): route is Route & { scope: string } => route.scope !== null

const matched =
  (route: Route): Stage =>
  (next) =>
  (call) => {
    call.route = route
    return next(call)
  }

/** A gateway as it is deployed: it also clears away, by the cron of wrangler.toml, what nobody needs any more. */
export function createWorker(config: Config) {
  const { fetch } = createGateway(config)
  return {
    fetch,
    async scheduled(_: unknown, env: Env): Promise<void> {
      const { deleteExpired } = await import('./store/deleteExpired.ts')
      await deleteExpired(env, Date.now())
    },
  }
}

export default createWorker(shipped)
