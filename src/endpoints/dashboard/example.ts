/** A call that a new key can make, as the lines to paste show it. */
import { type Config, findRoute, type Route } from '../../config/config.ts'
import { memoize } from '../../lib/memoize.ts'

/** A GET that a key may make, or null if no route takes a key. */
export interface ExampleCall {
  url: string
  /** The header that the key goes into. */
  header: string
}

/** The call whose answer needs no knowledge of the API: the account first, then the simplest. */
export const exampleOf = memoize((config: Config): ExampleCall | null => {
  const { publicUrl, apiKeys, routes } = config
  const candidates = routes
    .filter((route) => route.auth.includes('api_key') && route.protocol === 'http')
    .map((route) => ({ route, path: samplePath(route) }))
    .filter(({ route, path }) => findRoute(config, 'GET', path) === route)
    .sort((a, b) => effort(a.route) - effort(b.route))
  const [first] = candidates
  return first === undefined
    ? null
    : { url: publicUrl + first.path, header: apiKeys.headers[0] ?? 'x-api-key' }
})

/** The URL of a GET that an agent can pay for, the simplest first; null if no route has a price. */
export const pricedExampleOf = memoize((config: Config): string | null => {
  const { publicUrl, routes } = config
  const [first] = routes
    .filter((route) => route.price?.intent === 'charge')
    .map((route) => ({ route, path: samplePath(route) }))
    .filter(({ route, path }) => findRoute(config, 'GET', path) === route)
    .sort((a, b) => effort(a.route) - effort(b.route))
  return first === undefined ? null : publicUrl + first.path
})

/** How much one has to know before the route answers 200. */
function effort({ target, segments }: Route): number {
  if ('endpoint' in target) return target.endpoint === 'account.read' ? 0 : 1
  return 2 + 10 * segments.filter((segment) => /^[:*]/.test(segment)).length + segments.length
}

/** A path that the route matches: "1" for a parameter, nothing for the rest. */
function samplePath({ segments }: Route): string {
  const named = segments.filter((segment) => segment !== '*')
  return `/${named.map((segment) => (segment.startsWith(':') ? '1' : segment)).join('/')}`
}
