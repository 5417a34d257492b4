/**
 * What programs read before they call: the API's description, its prices, and where they are. Made from
 * the route table and from the offers that challenges are made from. Asks no store.
 */
import { Hono } from 'hono'
import { type Config, isPricedByCall, isPricedByResult, type Route } from '../../config/config.ts'
import { OWN_PATHS } from '../../config/ownPaths.ts'
import { Problem } from '../../http/problem.ts'
import { memoize } from '../../lib/memoize.ts'
import { channelOffersOf } from '../../paywall/channelOffers.ts'
import { offersOf } from '../../paywall/offers.ts'
import type { App } from '../../pipeline/app.ts'
import type { Env } from '../../store/env.ts'
import { guideTo } from './guide.ts'
import { type OffersOf, openApiOf } from './openApi.ts'
import { operationsOf } from './operations.ts'

const CATALOG = OWN_PATHS.apiCatalog
const JSON_TYPE = 'application/json'
const TEXT_TYPE = 'text/plain; charset=utf-8'
const CATALOG_TYPE = 'application/linkset+json; profile="https://www.rfc-editor.org/info/rfc9727"'

interface Document {
  path: string
  type: string
  headers?: Record<string, string>
  write: (config: Config, offersOf: OffersOf) => object | string
}

const DOCUMENTS: readonly Document[] = [
  { path: OWN_PATHS.openApi, type: JSON_TYPE, write: openApiOf },
  { path: OWN_PATHS.prices, type: JSON_TYPE, write: pricesOf },
  { path: OWN_PATHS.guide, type: TEXT_TYPE, write: guideTo },
  // RFC 9727 section 2: an answer to HEAD has the link relation.
  {
    path: CATALOG,
    type: CATALOG_TYPE,
    headers: { link: `<${CATALOG}>; rel="api-catalog"` },
    write: catalogOf,
  },
]

/** Answers each document's path, whatever the method, so that no row of the table ever does. */
export function discovery(config: Config): Hono<App> {
  const app = new Hono<App>()
  for (const { path, type, headers, write } of DOCUMENTS) {
    const writtenFor = memoize((env: Env) => {
      const offersFor = (route: Route) => {
        if (isPricedByCall(route)) return offersOf(config)(env, route)
        return isPricedByResult(route) ? [channelOffersOf(config)(env, route)] : []
      }
      return textOf(write(config, offersFor))
    })
    app.all(path, (c) => {
      const { call } = c.env
      if (call.method !== 'GET' && call.method !== 'HEAD')
        throw new Problem('method_not_allowed', { headers: { allow: 'GET, HEAD' } })
      const caching = { 'cache-control': 'public, max-age=300' }
      return c.body(writtenFor(call.env), 200, { 'content-type': type, ...caching, ...headers })
    })
  }
  return app
}

const textOf = (document: object | string) =>
  typeof document === 'string' ? document : JSON.stringify(document)

/**
 * `/.well-known/mpp.json`: every price with all that its challenges ask for. Our own: the protocol has
 * only `/openapi.json`, whose offers cannot say who is paid, on which chain, or when.
 */
function pricesOf(config: Config, offersOf: OffersOf) {
  const offers = operationsOf(config).flatMap(({ route, method, path }) => {
    return offersOf(route).map((offer) => {
      const { amount, currency, decimals, chainId, recipient, intent, unit, most, domain } = offer
      const settle = isPricedByCall(route) ? route.price.settle : undefined
      return {
        method,
        path,
        amount,
        currency,
        decimals,
        paymentMethod: offer.method,
        chainId,
        recipient,
        intent,
        settle,
        unit,
        most,
        domain,
      }
    })
  })
  const methods = config.routes.flatMap((route) => offersOf(route).map((offer) => offer.method))
  return { realm: config.realm, methods: [...new Set(methods)], offers }
}

/** `/.well-known/api-catalog`: a link set (RFC 9727 section 4, RFC 9264 section 4.2) of one API. */
function catalogOf({ publicUrl, basePath }: Config) {
  const link = (path: string, type: string) => [{ href: publicUrl + path, type }]
  const api = publicUrl + basePath
  return {
    linkset: [
      { anchor: publicUrl + CATALOG, item: [{ href: api }] },
      {
        anchor: api,
        'service-desc': link(OWN_PATHS.openApi, JSON_TYPE),
        'service-doc': link(OWN_PATHS.guide, 'text/plain'),
        'service-meta': link(OWN_PATHS.prices, JSON_TYPE),
        status: link(OWN_PATHS.health, JSON_TYPE),
      },
    ],
  }
}
