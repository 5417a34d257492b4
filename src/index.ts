/** The whole gateway: what every request meets, what the gateway answers itself, what it guards. */
import { Hono } from 'hono'
import type { App, Stage } from './context.ts'
import { discovery } from './endpoints/discovery.ts'
import { health, jwks, signOut } from './endpoints/own.ts'
import { answer } from './endpoints/table.ts'
import shipped from './gateway.config.ts'
import { type Gateway, isSoldByCall, isSoldByResult, type Route } from './lib/gateway.ts'
import { authenticate } from './stages/authenticate.ts'
import { authorize } from './stages/authorize.ts'
import { canonical } from './stages/canonical.ts'
import { charge } from './stages/charge.ts'
import { cors } from './stages/cors.ts'
import { manage } from './stages/manage.ts'
import { meter } from './stages/meter.ts'
import { proxy } from './stages/proxy.ts'
import { rateLimit } from './stages/rateLimit.ts'
import { requestId } from './stages/requestId.ts'
import { securityHeaders } from './stages/securityHeaders.ts'
import { noSuchRoute, toResponse } from './stages/toResponse.ts'
import { createIsolate, type Isolate } from './store/isolate.ts'

/** A gateway as a Worker: one for each config. */
export function createGateway(gateway: Gateway): Hono<App> {
  const isolate = createIsolate(gateway)
  const app = new Hono<App>()

  // Every request: one id, one reading of it, one way to fail.
  app.use(requestId(), securityHeaders, canonical(gateway), cors(gateway.corsOrigins))
  if (gateway.routes.some(isSoldByResult)) app.use(manage(gateway, isolate)) // a payer's channel, beside its calls
  app.onError(toResponse)
  app.notFound(noSuchRoute(gateway))

  // What the gateway answers itself.
  app.route('/', health)
  app.route('/', jwks)
  app.route('/', signOut(gateway, isolate))
  app.route('/', discovery(gateway, isolate))

  // What it guards. Order is the product: nothing is charged before it is allowed, nothing is proxied before it is paid.
  for (const route of gateway.routes) {
    app.on(
      [...route.methods],
      pathOf(gateway, route),
      matched(route),
      authenticate(route, gateway, isolate), // 401  who is calling?
      authorize, //                             403  may they do this?
      rateLimit(route, isolate), //             429  not too often?
      payment(route, gateway, isolate), //      402  is it paid for?
      'origin' in route.target
        ? proxy(route, route.target.origin, gateway, isolate) // 502  what does the origin say?
        : answer(route, route.target.endpoint, gateway, isolate),
    )
  }
  return app
}

const pathOf = ({ basePath }: Gateway, { segments }: Route) =>
  segments.length === 0 ? basePath || '/' : `${basePath}/${segments.join('/')}`

const pass: Stage = (_, next) => next()

function payment(route: Route, gateway: Gateway, isolate: Isolate): Stage {
  if (isSoldByCall(route)) return charge(route, gateway, isolate)
  return isSoldByResult(route) ? meter(route, gateway, isolate) : pass
}

const matched = (route: Route): Stage =>
  async function matched(c, next) {
    c.set('route', route)
    await next()
  }

export default createGateway(shipped)
