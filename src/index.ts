/** The whole gateway: the stages of every request, the gateway's own endpoints, and the routes. */
import { HonoBase as Hono } from 'hono/hono-base'
import { type Config, isPricedByCall, isPricedByResult, type Route } from './config/config.ts'
import { openPathRule, ownPathsOf } from './config/ownPaths.ts'
import { pathOf } from './config/routePath.ts'
import { slashedPathOf } from './config/slashedPath.ts'
import shipped from './gateway.config.ts'
import { endpointsOf, type GatewayApp, getPath, handle } from './pipeline/app.ts'
import { forRoute, type Handler, lazyHandler, pipeline } from './pipeline/call.ts'
import { TableRouter } from './pipeline/tableRouter.ts'
import { authenticate } from './stages/authenticate.ts'
import { authorize } from './stages/authorize.ts'
import { canonical } from './stages/canonical.ts'
import { charge } from './stages/charge.ts'
import { cors, openToPages } from './stages/cors.ts'
import { countUse } from './stages/countUse.ts'
import { errorPages } from './stages/errorPages.ts'
import { failures } from './stages/failures.ts'
import { manage } from './stages/manage.ts'
import { meter } from './stages/meter.ts'
import { noKeyInQuery } from './stages/noKeyInQuery.ts'
import { noServiceWorker } from './stages/noServiceWorker.ts'
import { noSuchRoute } from './stages/noSuchRoute.ts'
import { ownHeaders } from './stages/ownHeaders.ts'
import { pageOrigin } from './stages/pageOrigin.ts'
import { proxy } from './stages/proxy.ts'
import { rateLimit } from './stages/rateLimit.ts'
import { requestBody } from './stages/requestBody.ts'
import { requestLog } from './stages/requestLog.ts'
import type { Env } from './store/env.ts'
import { createIsolate } from './store/isolate.ts'

/**
 * Returns the gateway of a config. Hono routes each request to one handler, a pipeline of stages.
 */
export function createGateway(config: Config): Hono<GatewayApp> {
  const isolate = createIsolate(config)
  const app = new Hono<GatewayApp>({ router: new TableRouter(), getPath })

  const everyRequest = [
    requestLog(), //       one line in the log
    errorPages(config), // a page for a browser
    failures, //           one way to fail
    ownHeaders,
    cors(config),
    canonical(config), //  one reading of the URL
    noKeyInQuery(config, isolate),
    // Management of payment channels, which is no call of a route.
    config.routes.some(isPricedByResult) && manage(config, isolate),
  ]

  // The gateway's own endpoints: Hono apps that the first request for one of them loads.
  const ownEndpoint = lazyHandler(async () => {
    const { ownEndpoints } = await import('./endpoints/ownEndpoints.ts')
    return endpointsOf(ownEndpoints(config, isolate))
  })
  const isOpen = openPathRule(config)
  for (const path of ownPathsOf(config)) {
    const stages = () => [...everyRequest, isOpen(path) && openToPages(config)]
    app.all(path, handle(lazyHandler(() => pipeline(stages(), ownEndpoint))))
  }

  // The routes. The order of the stages is the product: a refused request costs no money, and the
  // origin is asked only if the call is paid for.
  const handlerOf = (route: Route): Handler => {
    const { target } = route
    const stages = [
      ...everyRequest,
      forRoute(route),
      noServiceWorker, //                                          403  is it a service worker?
      route.protocol === 'mcp' && pageOrigin(config), //           403  may that page call?
      countUse(route, isolate),
      authenticate(route, config, isolate), //                     401  who is calling?
      hasScope(route) && authorize(route, config), //              403  may they do this?
      rateLimit(route, isolate), //                                429  not too often?
      requestBody, //                                              400  may it have a body?
      isPricedByCall(route) && charge(route, config, isolate), //  402  is it paid for?
      isPricedByResult(route) && meter(route, config, isolate), // 402  are the results paid for?
    ]
    const end =
      'origin' in target
        ? proxy(route, target.origin, config, isolate) //          502  what does the origin say?
        : lazyHandler(async () => {
            const { endpoint } = await import('./endpoints/routeEndpoints.ts')
            const merged = target.merged && proxy(route, target.merged, config, isolate, true)
            return endpoint(route, target.endpoint, config, isolate, merged)
          })
    return pipeline(stages, end)
  }
  for (const route of config.routes) {
    const handler = handle(lazyHandler(() => handlerOf(route)))
    const paths = [pathOf(route), slashedPathOf(route) ?? []].flat()
    app.on([...route.methods], paths, handler)
  }
  app.notFound(handle(pipeline(everyRequest, noSuchRoute(config))))
  return app
}

const hasScope = (route: Route): route is Route & { scope: string } => route.scope !== null

/** Returns the Worker of a config: the gateway, and a cron job that deletes expired data. */
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
