/** Rows that are not below the base path, and rows that speak MCP. */
import { describe, expect, it } from 'vitest'
import { belowBase, type Config, findRoute, type Route } from '../../../src/config/config.ts'
import { parseConfig } from '../../../src/config/defineGateway.ts'
import { operationsOf } from '../../../src/endpoints/discovery/operations.ts'
import type { Env } from '../../../src/store/env.ts'
import { originUrl, reachOrigin } from '../../../src/store/origins.ts'
import { complaintsOf, OAUTH, ROW, sample, withRows } from '../../support/worker/sampleConfig.ts'

const MCP = { route: '* /mcp', root: true, protocol: 'mcp' }

describe('a row at the root', () => {
  const config = parseConfig(withRows({ route: '* /tools/*', root: true }, { route: '* /tools/*' }))

  it('is found at its own path, and the row below the base path at the other', () => {
    const at = (path: string) => findRoute(config, 'GET', path)?.segments.join('/')
    expect(at('/tools/a')).toBe('tools/*')
    expect(at('/tools')).toBe('tools/*')
    expect(at('/api/v1/tools/a')).toBe('api/v1/tools/*')
    expect(at('/api/tools')).toBeUndefined()
  })

  it('is published with its own path, and operations keep names of their own', () => {
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
    'cannot be one that the gateway answers itself: %s',
    (path) => {
      // A dot cannot begin a segment, so `/.well-known` is refused by the pattern already.
      expect(complaintsOf(withRows({ route: `GET ${path}`, root: true }))).toEqual([
        expect.stringMatching(/^row "GET .*": (?:route: )?can never match: /),
      ])
      if (!path.startsWith('/.'))
        expect(complaintsOf(withRows({ route: `GET ${path}` }))).toEqual([])
    },
  )

  it('cannot say again what a row below the base path says', () => {
    const rows = withRows({ route: 'GET /a' }, { route: 'GET /api/v1/a', root: true })
    expect(complaintsOf(rows)).toEqual(['row "GET /api/v1/a": duplicate of row "GET /a"'])
  })

  it('is tried after a row below the base path that is more specific', () => {
    const rows = withRows({ route: '* /api/*', root: true }, { route: 'GET /*' })
    const both = parseConfig(rows)
    expect(findRoute(both, 'GET', '/api/v1/a')?.id).toBe('GET /*')
    expect(findRoute(both, 'POST', '/api/v1/a')?.id).toBe('* /api/*')
  })
})

describe('a row that speaks MCP', () => {
  it('is right as one path with an origin', () => {
    expect(complaintsOf(withRows(MCP))).toEqual([])
  })

  it.each([
    [{ ...MCP, route: '* /mcp/*' }, '"mcp" is spoken on one path: no ":name", no "*"'],
    [{ ...MCP, route: '* /:any' }, '"mcp" is spoken on one path: no ":name", no "*"'],
    [{ ...MCP, websocket: true }, 'a row that speaks "mcp" takes no websocket'],
  ])('%j: %s', (row, complaint) => {
    expect(complaintsOf(withRows(row))).toEqual([`row "${row.route}": protocol: ${complaint}`])
  })

  it('takes tokens only where they are for', () => {
    const tokens = { ...MCP, auth: ['api_key', 'oauth'] }
    const at = (row: Record<string, unknown>) => complaintsOf({ ...withRows(row), oauth: OAUTH })
    expect(at(tokens)).toEqual([])
    const complaint = 'protocol: tokens are for "/mcp" (oauth.resource), not for'
    expect(at({ ...tokens, route: '* /other' })).toEqual([`row "* /other": ${complaint} "/other"`])
    expect(at({ ...tokens, root: false })).toEqual([`row "* /mcp": ${complaint} "/api/v1/mcp"`])
    expect(at({ ...MCP, route: '* /other' })).toEqual([])
  })

  it('needs an origin', () => {
    const row = { ...MCP, origin: undefined, endpoint: 'account.read' }
    expect(complaintsOf(withRows(row))).toEqual([
      'row "* /mcp": protocol: only a row with an origin can speak "mcp"',
    ])
  })

  it('cannot be for sale', () => {
    expect(complaintsOf(withRows({ ...MCP, price: '1' }))).toContain(
      'row "* /mcp": protocol: a row that speaks "mcp" cannot have a price',
    )
  })
})

describe('the URL that an origin is asked', () => {
  const SERVICE = { fetch: () => Promise.reject(new Error('not called')) }

  function asked(origin: object, row: object, path: string, url = ''): string {
    const config: Config = parseConfig(
      sample({ origins: { api: origin }, routes: [{ ...ROW, ...row }] }),
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
  ])('%s, %j: %s is %s', (basePath, row, path, url) => {
    expect(asked({ url: 'https://o.test/base', basePath }, row, path)).toBe(url)
    if (row === MCP) return
    expect(asked({ url: 'https://o.test/base/', basePath }, row, path)).toBe(url)
  })

  it.each(['https://o.test', 'https://o.test/', 'https://o.test/mcp', 'https://o.test/mcp/'])(
    'is, behind a row that speaks MCP, just what it was given: %s',
    (url) => {
      expect(asked({ url }, MCP, '/mcp')).toBe(`${url}?q`)
      expect(asked({ urlFrom: 'MCP_URL' }, MCP, '/mcp', url)).toBe(`${url}?q`)
    },
  )

  it('keeps the path of a row that speaks MCP for another Worker', () => {
    expect(asked({ service: 'MCP' }, MCP, '/mcp')).toBe('https://origin.internal/mcp?q')
  })
})

it.each([
  ['/api/v1', '/'],
  ['/api/v1/', '/'],
  ['/api/v1/a', '/a'],
  ['/api/v1a', null],
  ['/mcp', null],
  ['/', null],
])('%s below the base path is %s', (path, rest) => {
  expect(belowBase(parseConfig(sample()), path)).toBe(rest)
})
