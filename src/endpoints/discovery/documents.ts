/**
 * What programs read before they call: the API's description, its prices, and where they are. Made from
 * the route table and from the offers that challenges are made from. Asks no store.
 */
import { Hono } from 'hono'
import { type Config, isPricedByCall, isPricedByResult, type Route } from '../../config/config.ts'
import { Problem } from '../../http/problem.ts'
import { memoize } from '../../lib/memoize.ts'
import type { App } from '../../pipeline/context.ts'
import type { Env } from '../../store/env.ts'
import type { Isolate } from '../../store/isolate.ts'
import { guideTo } from './guide.ts'
import { type OffersOf, openApiOf } from './openApi.ts'
import { operationsOf } from './operations.ts'

const CATALOG = '/.well-known/api-catalog'
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
  { path: '/openapi.json', type: JSON_TYPE, write: openApiOf },
  { path: '/.well-known/mpp.json', type: JSON_TYPE, write: pricesOf },
  { path: '/llms.txt', type: TEXT_TYPE, write: guideTo },
  // RFC 9727 section 2: an answer to HEAD has the link relation.
  {
    path: CATALOG,
    type: CATALOG_TYPE,
    headers: { link: `<${CATALOG}>; rel="api-catalog"` },
    write: catalogOf,
  },
]

/** Answers each document's path, whatever the method, so that no row of the table ever does. */
export function discovery(config: Config, isolate: Isolate): Hono<App> {
  const app = new Hono<App>()
  for (const { path, type, headers, write } of DOCUMENTS) {
    const writtenFor = memoize((env: Env) => {
      const offersOf = (route: Route) => {
        if (isPricedByCall(route)) return isolate.offersOf(env, route)
        return isPricedByResult(route) ? [isolate.channelOfferOf(env, route)] : []
      }
      return textOf(write(config, offersOf))
    })
    app.all(path, (c) => {
      if (c.req.method !== 'GET' && c.req.method !== 'HEAD')
        throw new Problem('method_not_allowed', { headers: { allow: 'GET, HEAD' } })
      const caching = { 'cache-control': 'public, max-age=300' }
      return c.body(writtenFor(c.env), 200, { 'content-type': type, ...caching, ...headers })
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
        'service-desc': link('/openapi.json', JSON_TYPE),
        'service-doc': link('/llms.txt', 'text/plain'),
        'service-meta': link('/.well-known/mpp.json', JSON_TYPE),
        status: link('/health', JSON_TYPE),
      },
    ],
  }
}
