/**
 * Explains what the gateway makes of a request, from the config alone: which route answers and why,
 * which credential decides, and what goes to the origin. Never says whether a credential is valid.
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
import { keyFormsOf } from '../../src/credentials/apiKey.ts'
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
  const { path, query } = target
  if (ownPathsOf(config).includes(path))
    return { route: `${path} is answered by the gateway itself` }
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
  const { name, sentence } = credentialOf(config, route, headers)
  const limits = limitsFor(route, method).map(
    (limit) => `${limit.name} ${limit.count}/${limit.windowMs / 1000}s`,
  )
  const origin = 'origin' in route.target ? route.target.origin : null
  return {
    route: `${route.id}, ${why}`,
    credential: sentence,
    limits: limits.join(', ') || 'none',
    ...(name === 'payment' || name === 'none' ? { price: priceOf(config, route) } : {}),
    ...(origin === null
      ? { origin: `none: the endpoint ${'endpoint' in route.target ? route.target.endpoint : ''}` }
      : {
          origin: `${origin.name}: ${urlOf(config, route, origin, path, query)}`,
          headers: headersOf(origin, headers),
        }),
  }
}

function credentialOf(
  config: Config,
  route: Route,
  headers: ReadonlyMap<string, string>,
): { name: string; sentence: string } {
  const { sessions, apiKeys } = config
  const takesPaymentHeader = route.price?.paymentHeader ?? false
  const reader = { get: (name: string) => headers.get(name) ?? null }
  const { kind } = presentedCredential(
    reader,
    sessions.cookie,
    takesPaymentHeader,
    keyFormsOf(apiKeys),
  )
  const takes = `the route takes ${route.auth.join(', ')}`
  if (kind === 'none') {
    const answer = route.auth.includes('anonymous')
      ? 'let in without one'
      : route.price === null
        ? '401'
        : '402'
    return { name: kind, sentence: `none: ${answer}; ${takes}` }
  }
  if (kind === 'multiple') return { name: kind, sentence: 'two of one kind: 400 or 401' }
  if (kind === 'unknown') return { name: kind, sentence: `of no known kind: 401; ${takes}` }
  const isTaken = route.auth.includes(kind)
  return { name: kind, sentence: `${kind} decides alone: ${isTaken ? 'taken' : '401'}; ${takes}` }
}

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
