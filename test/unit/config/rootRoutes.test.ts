/** Routes that are not below the base path, and routes that speak MCP. */
import { describe, expect, it } from 'vitest'
import { belowBase, type Config, findRoute, type Route } from '../../../src/config/config.ts'
import { parseConfig } from '../../../src/config/defineGateway.ts'
import { operationsOf } from '../../../src/endpoints/discovery/operations.ts'
import type { Env } from '../../../src/store/env.ts'
import { originUrl, reachOrigin } from '../../../src/store/origins/origins.ts'
import {
  complaintsOf,
  OAUTH,
  ROUTE,
  sample,
  withRoutes,
} from '../../support/worker/sampleConfig.ts'

const MCP = { route: '* /mcp', root: true, protocol: 'mcp' }

describe('a route at the root', () => {
  const config = parseConfig(
    withRoutes({ route: '* /tools/*', root: true }, { route: '* /tools/*' }),
  )

  it('is found at its own path, beside a route with the same path below the base path', () => {
    const at = (path: string) => findRoute(config, 'GET', path)?.segments.join('/')
    expect(at('/tools/a')).toBe('tools/*')
    expect(at('/tools')).toBe('tools/*')
    expect(at('/api/v1/tools/a')).toBe('api/v1/tools/*')
    expect(at('/api/tools')).toBeUndefined()
  })

  it('is published with its own path, and operations keep unique names', () => {
    const operations = operationsOf(config).filter(({ method }) => method === 'GET')
    expect(operations.map(({ path }) => path).sort()).toEqual([
      '/api/v1/tools',
      '/api/v1/tools/{path}',
      '/tools',
      '/tools/{path}',
    ])
    expect(new Set(operations.map(({ id }) => id)).size).toBe(4)
  })

  it.each(['/health', '/sign-out', '/openapi.json', '/llms.txt', '/.well-known/x'])(
    'cannot have a path that the gateway answers itself: %s',
    (path) => {
      // A segment cannot begin with a dot, so the pattern refuses `/.well-known` already.
      expect(complaintsOf(withRoutes({ route: `GET ${path}`, root: true }))).toEqual([
        expect.stringMatching(/^route "GET .*": (?:route: )?can never match: /),
      ])
      if (!path.startsWith('/.'))
        expect(complaintsOf(withRoutes({ route: `GET ${path}` }))).toEqual([])
    },
  )

  it('cannot repeat a route below the base path', () => {
    const routes = withRoutes({ route: 'GET /a' }, { route: 'GET /api/v1/a', root: true })
    expect(complaintsOf(routes)).toEqual(['route "GET /api/v1/a": duplicate of route "GET /a"'])
  })

  it('is tried after a more specific route below the base path', () => {
    const routes = withRoutes({ route: '* /api/*', root: true }, { route: 'GET /*' })
    const both = parseConfig(routes)
    expect(findRoute(both, 'GET', '/api/v1/a')?.id).toBe('GET /*')
    expect(findRoute(both, 'POST', '/api/v1/a')?.id).toBe('* /api/*')
  })
})

describe('a route that speaks MCP', () => {
  it('is accepted with one path and an origin', () => {
    expect(complaintsOf(withRoutes(MCP))).toEqual([])
  })

  it.each([
    [{ ...MCP, route: '* /mcp/*' }, '"mcp" needs one fixed path, without ":name" and "*"'],
    [{ ...MCP, route: '* /:any' }, '"mcp" needs one fixed path, without ":name" and "*"'],
    [{ ...MCP, websocket: true }, 'a route that speaks "mcp" cannot accept a WebSocket'],
  ])('%j: %s', (route, complaint) => {
    expect(complaintsOf(withRoutes(route))).toEqual([
      `route "${route.route}": protocol: ${complaint}`,
    ])
  })

  it('takes tokens only at the path that they are for', () => {
    const tokens = { ...MCP, auth: ['api_key', 'oauth'] }
    const at = (route: Record<string, unknown>) =>
      complaintsOf({ ...withRoutes(route), oauth: OAUTH })
    expect(at(tokens)).toEqual([])
    const complaint = (path: string) =>
      `protocol: no resource of oauth has the path "${path}", so no token is for it`
    expect(at({ ...tokens, route: '* /other' })).toEqual([
      `route "* /other": ${complaint('/other')}`,
    ])
    expect(at({ ...tokens, root: false })).toEqual([`route "* /mcp": ${complaint('/api/v1/mcp')}`])
    expect(at({ ...MCP, route: '* /other' })).toEqual([])
  })

  it('needs an origin', () => {
    const route = { ...MCP, origin: undefined, endpoint: 'account.read' }
    expect(complaintsOf(withRoutes(route))).toEqual([
      'route "* /mcp": protocol: only a route with an origin can speak "mcp"',
    ])
  })

  it('cannot have a price', () => {
    expect(complaintsOf(withRoutes({ ...MCP, price: '1' }))).toContain(
      'route "* /mcp": protocol: a route that speaks "mcp" cannot have a price',
    )
  })
})

describe('the URL at which an origin is called', () => {
  const SERVICE = { fetch: () => Promise.reject(new Error('not called')) }

  function calledAt(origin: object, written: object, path: string, url = ''): string {
    const config: Config = parseConfig(
      sample({ origins: { api: origin }, routes: [{ ...ROUTE, ...written }] }),
    )
    const [route] = config.routes as [Route]
    if (!('origin' in route.target)) throw new Error('no origin')
    const { origin: named } = route.target
    const reach = reachOrigin({ MCP: SERVICE, MCP_URL: url } as unknown as Env, named)
    return originUrl(config, route, named, reach, { path, query: '?q' })
  }

  it.each([
    ['keep', { route: 'GET /a' }, '/api/v1/a', 'https://o.test/base/api/v1/a?q'],
    ['strip', { route: 'GET /a' }, '/api/v1/a', 'https://o.test/base/a?q'],
    ['strip', { route: 'GET /' }, '/api/v1', 'https://o.test/base/?q'],
    ['keep', { route: 'GET /a', root: true }, '/a', 'https://o.test/base/a?q'],
    ['strip', { route: 'GET /a', root: true }, '/a', 'https://o.test/base/a?q'],
    ['keep', MCP, '/mcp', 'https://o.test/base?q'],
    ['strip', MCP, '/mcp', 'https://o.test/base?q'],
  ])('%s, %j: %s is %s', (basePath, written, path, url) => {
    expect(calledAt({ url: 'https://o.test/base', basePath }, written, path)).toBe(url)
    if (written === MCP) return
    expect(calledAt({ url: 'https://o.test/base/', basePath }, written, path)).toBe(url)
  })

  it.each(['https://o.test', 'https://o.test/', 'https://o.test/mcp', 'https://o.test/mcp/'])(
    "is the origin's URL itself for a route that speaks MCP: %s",
    (url) => {
      expect(calledAt({ url }, MCP, '/mcp')).toBe(`${url}?q`)
      expect(calledAt({ urlFrom: 'MCP_URL' }, MCP, '/mcp', url)).toBe(`${url}?q`)
    },
  )

  it('keeps the path of a route that speaks MCP if the origin is another Worker', () => {
    expect(calledAt({ service: 'MCP' }, MCP, '/mcp')).toBe('https://origin.internal/mcp?q')
  })
})

it.each([
  ['/api/v1', '/'],
  ['/api/v1/', '/'],
  ['/api/v1/a', '/a'],
  ['/api/v1a', null],
  ['/mcp', null],
  ['/', null],
])('%s is, below the base path, %s', (path, rest) => {
  expect(belowBase(parseConfig(sample()), path)).toBe(rest)
})
