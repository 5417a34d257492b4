/**
 * Explains what the gateway makes of a request, from the config alone: which route answers and why,
 * which credential decides, and what goes to the origin. Says of a credential what its kind and its
 * form tell, and never whether it is valid.
 */
import {
  belowBase,
  type Config,
  limitsFor,
  type Origin,
  type Route,
  routesAt,
} from '../../src/config/config.ts'
import { ownPathsOf } from '../../src/config/ownPaths.ts'
import type { Method } from '../../src/config/pattern.ts'
import { slashedPaths } from '../../src/config/slashedPath.ts'
import { keyFormsOf, keyInOtherHeader, keyInQuery } from '../../src/credentials/apiKey.ts'
import { mistakeOf } from '../../src/credentials/mistake.ts'
import { isSameOrigin } from '../../src/credentials/ownPage.ts'
import { presentedCredential } from '../../src/credentials/presented.ts'
import { forwardingRule } from '../../src/http/headers.ts'
import { readTarget } from '../../src/http/path.ts'

/** A request as far as the explanation looks at it. */
export interface AskedRequest {
  method: string
  /** The whole URL. */
  url: string
  headers: ReadonlyMap<string, string>
}

/** The explanation: what it is about → the sentence, in the order of the stages. */
export type Explanation = Partial<
  Record<'route' | 'credential' | 'limits' | 'price' | 'origin' | 'headers', string>
>

/** Explains a request. */
export function explain(config: Config, { method, url, headers }: AskedRequest): Explanation {
  const target = readTarget(url)
  if (target === null) return { route: '400 invalid_path: the path can be read in two ways' }
  const { query } = target
  const path = slashedPaths(config).get(target.path) ?? target.path
  if (isPreflight(method, headers))
    return { route: `OPTIONS ${path} of a page (CORS) is answered by the gateway itself` }
  const inQuery = query === '' ? null : keyInQuery(query, keyFormsOf(config.apiKeys))
  if (inQuery !== null)
    return { credential: '401: the query holds an API key, which belongs into x-api-key' }
  if (isOwnPath(config, path)) return { route: `${path} is answered by the gateway itself` }
  const matching = routesAt(config, path)
  const route = matching.find(({ methods }) => methods.includes(method as Method))
  if (route === undefined) {
    const methods = [...new Set(matching.flatMap((one) => one.methods))].join(', ')
    return {
      route: methods === '' ? '404 not_found: no route has this path' : `405: it has ${methods}`,
    }
  }
  const others = matching.filter((one) => one !== route).map(({ id }) => id)
  const why =
    others.length === 0 ? 'the only one that matches' : `more specific than ${others.join(', ')}`
  const { name, sentence, isRefused } = credentialOf(config, route, method, url, headers)
  const limits = limitsFor(route, method).map(
    (limit) => `${limit.name} ${limit.count}/${limit.windowMs / 1000}s`,
  )
  const origin = 'origin' in route.target ? route.target.origin : null
  const answering =
    origin === null
      ? { origin: `none: the endpoint ${'endpoint' in route.target ? route.target.endpoint : ''}` }
      : {
          origin: `${origin.name}: ${urlOf(config, route, origin, path, query)}`,
          headers: headersOf(origin, headers),
        }
  return {
    route: `${route.id}, ${why}`,
    credential: sentence,
    limits: limits.join(', ') || 'none',
    ...(name === 'payment' || name === 'none' ? { price: priceOf(config, route) } : {}),
    ...(isRefused ? { origin: 'not asked' } : answering),
  }
}

/** Whether the gateway has an endpoint of its own at a path, or files. */
function isOwnPath(config: Config, path: string): boolean {
  return [...ownPathsOf(config), '/assets/*'].some((own) =>
    own.endsWith('/*') ? path.startsWith(own.slice(0, -1)) : own === path,
  )
}

/** The question of a browser whether a page may send a request (Fetch standard). */
function isPreflight(method: string, headers: ReadonlyMap<string, string>): boolean {
  return method === 'OPTIONS' && headers.has('origin') && headers.has(PREFLIGHT_METHOD)
}

const PREFLIGHT_METHOD = 'access-control-request-method'

/** The credential that decides, and whether the gateway refuses it for its kind or its form. */
interface Decision {
  name: string
  sentence: string
  isRefused: boolean
}

function credentialOf(
  config: Config,
  route: Route,
  method: string,
  url: string,
  headers: ReadonlyMap<string, string>,
): Decision {
  const { sessions, apiKeys } = config
  const takesPaymentHeader = route.price?.paymentHeader ?? false
  const reader = { get: (name: string) => headers.get(name) ?? null }
  const forms = keyFormsOf(apiKeys)
  const presented = presentedCredential(reader, sessions.cookie, takesPaymentHeader, forms)
  const { kind } = presented
  const takes = `the route takes ${route.auth.join(', ')}`
  const refused = (sentence: string, name: string = kind): Decision => {
    return { name, sentence, isRefused: true }
  }
  const isAnonymous = kind === 'none' && route.auth.includes('anonymous')
  if ((kind === 'none' || kind === 'payment') && !isAnonymous) {
    const other = keyInOtherHeader(headers, forms)
    if (other !== null)
      return refused(`401: ${other} holds an API key, which belongs into x-api-key`, 'api_key')
  }
  if (kind === 'none') {
    const answer = isAnonymous ? 'let in without one' : route.price === null ? '401' : '402'
    return { name: kind, sentence: `none: ${answer}; ${takes}`, isRefused: answer === '401' }
  }
  if (kind === 'multiple') return refused('two of one kind: 400 or 401')
  if (kind === 'unknown') return refused(`of no known kind: 401; ${takes}`)
  if (!route.auth.includes(kind)) return refused(`${kind} decides alone: 401; ${takes}`)
  const isWrite = WRITES.test(method) || headers.has('upgrade')
  if (kind === 'session' && isWrite && !isSameOrigin(reader, new URL(url).origin))
    return refused('session decides alone: 403 cross_site_request, from a page of another site')
  const mistake =
    kind === 'api_key' ? mistakeOf(headers, presented, 'api_key_not_ours', route, config) : null
  if (mistake !== null) return refused(`${kind} decides alone: 401. ${mistake.sentence}`)
  return { name: kind, sentence: `${kind} decides alone: taken; ${takes}`, isRefused: false }
}

const WRITES = /^(?:POST|PUT|PATCH|DELETE)$/

function priceOf({ payments }: Config, { price }: Route): string {
  if (price === null || payments === null) return 'none: it cannot be paid for'
  const { decimals } = payments
  const digits = price.amount.toString().padStart(decimals + 1, '0')
  const amount =
    decimals === 0 ? digits : `${digits.slice(0, -decimals)}.${digits.slice(-decimals)}`
  return price.intent === 'charge'
    ? `${amount} a call, by ${price.methods.join(' or ')}, ${price.settle} the answer`
    : `${amount} a ${price.unit}, from a channel`
}

function urlOf(config: Config, route: Route, origin: Origin, path: string, query: string): string {
  const { location, keepsBasePath } = origin
  const base =
    'url' in location
      ? location.url
      : 'urlFrom' in location
        ? `(${location.urlFrom})`
        : `(the Worker ${location.service})`
  if (route.protocol === 'mcp') return base
  return base + (keepsBasePath ? path : (belowBase(config, path) ?? path)) + query
}

function headersOf(origin: Origin, headers: ReadonlyMap<string, string>): string {
  const passes = forwardingRule(origin.requestHeaders)
  const names = [...headers.keys()].filter(passes)
  const secret = Object.keys(origin.secretHeaders)
  const own = [`turnpike-assertion (aud ${origin.audience})`, 'x-request-id', 'x-forwarded-*']
  return [...names, ...secret, ...own].join(', ')
}
