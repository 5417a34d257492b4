/**
 * The documents that programs read before they call: the API's description, its prices, and a
 * catalog of both. They are generated from the route table and from the offers that challenges are
 * made from. No store is asked.
 */
import { Hono } from 'hono/tiny'
import { type Config, isPricedByCall, isPricedByResult, type Route } from '../../config/config.ts'
import { OWN_PATHS } from '../../config/ownPaths.ts'
import { memoize } from '../../lib/memoize.ts'
import { channelOffersOf } from '../../paywall/channels/channelOffers.ts'
import { offersOf } from '../../paywall/offers.ts'
import type { App } from '../../pipeline/app.ts'
import type { Env } from '../../store/env.ts'
import { requireMethod } from '../method.ts'
import { guideOf } from './guide.ts'
import type { OffersFor } from './offer.ts'
import { openApiOf } from './openApi.ts'
import { operationsOf } from './operations.ts'

const JSON_TYPE = 'application/json'
const TEXT_TYPE = 'text/plain; charset=utf-8'
const CATALOG_TYPE = 'application/linkset+json; profile="https://www.rfc-editor.org/info/rfc9727"'

interface Document {
  path: string
  type: string
  headers?: Record<string, string>
  write: (config: Config, offersFor: OffersFor) => object | string
}

const DOCUMENTS: readonly Document[] = [
  { path: OWN_PATHS.openApi, type: JSON_TYPE, write: openApiOf },
  { path: OWN_PATHS.prices, type: JSON_TYPE, write: pricesOf },
  { path: OWN_PATHS.guide, type: TEXT_TYPE, write: guideOf },
  // An answer to HEAD has the link relation (RFC 9727 section 2).
  {
    path: OWN_PATHS.apiCatalog,
    type: CATALOG_TYPE,
    headers: { link: `<${OWN_PATHS.apiCatalog}>; rel="api-catalog"` },
    write: catalogOf,
  },
]

/**
 * Each document at its path, which takes every method so that no route answers it: all but GET and
 * HEAD are 405.
 */
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
      requireMethod(call, 'GET', 'HEAD')
      return c.body(writtenFor(call.env), 200, {
        'content-type': type,
        'cache-control': 'public, max-age=300',
        ...headers,
      })
    })
  }
  return app
}

const textOf = (document: object | string) =>
  typeof document === 'string' ? document : JSON.stringify(document)

/**
 * `/.well-known/mpp.json`: every price with everything that its challenges ask for. The format is
 * the gateway's own, because the offers in `/openapi.json` cannot name the recipient, the chain, or
 * when a payment settles.
 */
function pricesOf(config: Config, offersFor: OffersFor) {
  const offers = operationsOf(config).flatMap(({ route, method, path }) => {
    return offersFor(route).map((offer) => {
      const { amount, currency, decimals, chainId, recipient, intent, unit, maxResults, domain } =
        offer
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
        most: maxResults,
        domain,
      }
    })
  })
  const methods = config.routes.flatMap((route) => offersFor(route).map((offer) => offer.method))
  return { realm: config.realm, methods: [...new Set(methods)], offers }
}

/**
 * `/.well-known/api-catalog`: the links of the one API (RFC 9727 section 4), as a link set (RFC
 * 9264 section 4.2).
 */
function catalogOf({ publicUrl, basePath }: Config) {
  const link = (path: string, type: string) => [{ href: publicUrl + path, type }]
  const api = publicUrl + basePath
  return {
    linkset: [
      { anchor: publicUrl + OWN_PATHS.apiCatalog, item: [{ href: api }] },
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
