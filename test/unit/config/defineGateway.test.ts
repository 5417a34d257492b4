import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { limitsFor } from '../../../src/config/config.ts'
import { parseConfig } from '../../../src/config/defineGateway.ts'
import {
  complaintsOf,
  OAUTH,
  ROUTE,
  sample,
  withMetered,
  withOrigin,
  withPriced,
  withRoutes,
} from '../../support/worker/sampleConfig.ts'

const ALL_NAMED = 'GET|OPTIONS|POST|PUT|PATCH|DELETE'

it('the sample config, from which these tests make wrong ones, has no complaints', () =>
  expect(complaintsOf(sample())).toEqual([]))

describe('two routes for the same requests', () => {
  it.each([
    ['the very same route', 'GET /a', 'GET /a'],
    ['other names of parameters', 'GET /a/:id', 'GET /a/:name'],
    ['overlapping methods', 'GET /a', 'GET|POST /a'],
    ['GET names HEAD too', 'GET /a', 'HEAD /a'],
    ['two routes for every method', '* /a/*', '* /a/*'],
    ['a parameter before "*"', 'POST /a/:id/*', 'POST|PUT /a/:x/*'],
  ])('are refused: %s', (_what, first, second) => {
    const routes = withRoutes({ route: first }, { route: second })
    expect(complaintsOf(routes)).toEqual([`route "${second}": duplicate of route "${first}"`])
  })

  it.each([
    ['other methods', 'GET /a', 'POST /a'],
    ['a literal and a parameter', 'GET /a/b', 'GET /a/:id'],
    ['a path and what lies below', 'GET /a', 'GET /a/*'],
    ['one method and every method', 'GET /a', '* /a'],
    ['another depth', 'GET /a/:id', 'GET /a/:id/:id'],
    ['another case', 'GET /a', 'GET /A'],
  ])('are accepted when they differ: %s', (_what, first, second) => {
    expect(complaintsOf(withRoutes({ route: first }, { route: second }))).toEqual([])
  })
})

describe('a route that can never match is refused', () => {
  it.each([
    ['a bad segment', 'GET /a/b%20c', '"b%20c"'],
    ['"*" in the middle', 'GET /a/*/b', '"*"'],
    ['a trailing slash', 'GET /a/', '""'],
    ['a dot segment', 'GET /a/../b', '".."'],
    ['a parameter without a name', 'GET /a/:', '":"'],
  ])('%s', (_what, route, segment) => {
    expect(complaintsOf(withRoutes({ route }))).toEqual([
      expect.stringMatching(`route "${route.replaceAll('*', '\\*')}": route: can never match: `),
    ])
    expect(complaintsOf(withRoutes({ route }))[0]).toContain(`the segment ${segment}`)
  })

  it('"*" if other routes of its path name all methods', () => {
    const complaint = 'route "* /a": can never match: other routes name each of its methods'
    expect(complaintsOf(withRoutes({ route: '* /a' }, { route: `${ALL_NAMED} /a` }))).toEqual([
      complaint,
    ])
    const apart = ALL_NAMED.split('|').map((method) => ({ route: `${method} /a` }))
    expect(complaintsOf(withRoutes(...apart, { route: '* /a' }))).toEqual([complaint])
    expect(complaintsOf(withRoutes(...apart.slice(1), { route: '* /a' }))).toEqual([])
  })

  it.each(['get /a', 'GET a', 'GET', '', 'GET /a /b', 'TRACE /a', '/a'])(
    '%j is not a pattern',
    (route) => {
      expect(complaintsOf(withRoutes({ route }))).toEqual([
        expect.stringContaining(`route "${route}": route: `),
      ])
    },
  )
})

describe('a name that is not defined is refused, and the complaint lists the defined ones', () => {
  it.each([
    ['origin', { origin: 'apii' }, 'origin: "apii" is not defined; the origins are "api"'],
    ['origin', { origin: '' }, 'origin: "" is not defined; the origins are "api"'],
    [
      'tier',
      { tier: 'slow' },
      'tier: "slow" is not defined; the tiers are "read", "write", "delete"',
    ],
  ])('%s', (_what, changes, complaint) => {
    expect(complaintsOf(withRoutes(changes))).toEqual([`route "GET /a": ${complaint}`])
  })

  it.each(['constructor', 'toString', 'hasOwnProperty'])('tier: %s', (tier) => {
    expect(complaintsOf(withRoutes({ tier }))).toHaveLength(1)
  })

  it.each(['constructor', 'toString', '__proto__'])('origin: %s', (origin) => {
    expect(complaintsOf(withRoutes({ origin }))).toHaveLength(1)
  })
})

describe('a route needs exactly one of origin and endpoint', () => {
  const complaint = 'route "GET /a": needs exactly one of "origin" and "endpoint"'

  it.each([
    ['both', { endpoint: 'account.update' }, [complaint]],
    ['the account, and an origin that adds to it', { endpoint: 'account.read' }, []],
    ['neither', { origin: undefined }, [complaint]],
    ['only an endpoint', { origin: undefined, endpoint: 'account.read' }, []],
  ])('%s', (_what, changes, complaints) => {
    expect(complaintsOf(withRoutes(changes))).toEqual(complaints)
  })

  it('only a route with an origin and a parameter can have encoded ids', () => {
    const complaint = 'encodedIds: only a route with an origin and a ":name" can have such ids'
    expect(complaintsOf(withRoutes({ route: 'GET /a/*', encodedIds: true }))).toEqual([
      `route "GET /a/*": ${complaint}`,
    ])
    expect(complaintsOf(withRoutes({ route: 'GET /a/:id', encodedIds: true }))).toEqual([])
  })

  it('only a route with an origin can accept a WebSocket', () => {
    const route = { origin: undefined, endpoint: 'account.read', websocket: true }
    expect(complaintsOf(withRoutes(route))).toEqual([
      'route "GET /a": websocket: only a route with an origin can accept a WebSocket',
    ])
  })
})

describe('a route that takes tokens', () => {
  const withOAuth = (route: Record<string, unknown>) => ({ ...withRoutes(route), oauth: OAUTH })

  it("needs the config's settings of how tokens are issued", () => {
    expect(complaintsOf(withRoutes({ auth: ['oauth'] }))).toEqual([
      'route "GET /a": auth: "oauth" needs the config\'s "oauth", which says how tokens are issued',
    ])
    expect(complaintsOf(withOAuth({ auth: ['oauth'] }))).toEqual([])
  })

  it('may ask for the scope that tokens have, and for no other', () => {
    const auth = ['api_key', 'oauth']
    expect(complaintsOf(withOAuth({ auth, scope: 'api' }))).toEqual([])
    expect(complaintsOf(withOAuth({ auth, scope: 'other' }))).toEqual([
      'route "GET /a": scope: no token for "/api/v1" has "other"; its scopes are "api"',
    ])
    expect(complaintsOf(withOAuth({ scope: 'mcp:tools' }))).toEqual([
      'route "GET /a": scope: only OAuth tokens have one; add "oauth" to auth',
    ])
  })

  it('has its scope in the parsed config, and the config has the settings of tokens', () => {
    const gateway = parseConfig(withOAuth({ auth: ['oauth'], scope: 'api' }))
    expect(gateway.routes[0]?.scope).toBe('api')
    expect(gateway.oauth).toEqual({
      resources: [
        {
          path: '/mcp',
          url: 'https://gateway.test/mcp',
          scopes: { 'mcp:tools': 'Use the tools' },
        },
        {
          path: '/api/v1',
          url: 'https://gateway.test/api/v1',
          scopes: { api: 'Use the API' },
        },
      ],
      codeMs: 60_000,
      accessMs: 86_400_000,
      refreshMs: 2_592_000_000,
      leewayMs: 10_000,
      consentMs: 600_000,
      appSchemes: {},
      limits: {
        registrationsByAddress: [{ name: 'oauth registration', count: 60, windowMs: 60_000 }],
        registrations: [{ name: 'oauth registrations', count: 300, windowMs: 60_000 }],
        lookUpsByAddress: [{ name: 'oauth client', count: 300, windowMs: 60_000 }],
        consents: [],
        tokens: [],
        presented: [],
      },
    })
    expect(parseConfig(withRoutes({})).oauth).toBeNull()
  })

  it.each([
    'javascript',
    'data',
    'blob',
    'file',
    'vbscript',
    'about',
    'http',
    'https',
    'ws',
    'wss',
    'intent',
    'Cursor',
    'cursor:',
    'cursor://',
    '',
    '1a',
  ])('cannot go to programs by the scheme "%s"', (scheme) => {
    const complaints = complaintsOf(sample({ oauth: { ...OAUTH, appSchemes: { [scheme]: 'A' } } }))
    expect(complaints).toEqual([expect.stringContaining('is not the scheme of a program')])
  })

  it.each(['', ' a', 'a\nb', 'x'.repeat(41)])('cannot go to a program with the name %j', (name) => {
    const complaints = complaintsOf(sample({ oauth: { ...OAUTH, appSchemes: { cursor: name } } }))
    expect(complaints).toEqual(["oauth.appSchemes.cursor: must be a program's name"])
  })

  it('can go to the programs that the config names', () => {
    const appSchemes = { 'vscode-insiders': 'VS Code Insiders', 'com.example.app': 'Ä' }
    const { oauth } = parseConfig(sample({ oauth: { ...OAUTH, appSchemes } }))
    expect(oauth?.appSchemes).toEqual(appSchemes)
  })

  it.each([
    ['resources', []],
    ['resources', [{ path: 'mcp', scopes: { a: 'A' } }]],
    ['resources', [{ path: '', scopes: { a: 'A' } }]],
    ['resources', [{ path: 'https://gateway.test/mcp', scopes: { a: 'A' } }]],
    ['resources', [{ path: '/mcp/', scopes: { a: 'A' } }]],
    ['resources', [{ path: '/mcp', scopes: {} }]],
    ['resources', [{ path: '/mcp', scopes: { 'a b': 'A' } }]],
    ['resources', [{ path: '/mcp', scopes: { '': 'A' } }]],
    ['resources', [{ path: '/mcp', scopes: { 'a"b': 'A' } }]],
    ['resources', [{ path: '/mcp', scopes: { a: '' } }]],
    ['resources', [{ path: '/mcp', scopes: { a: 'A' }, scope: 'a' }]],
    ['resources', ['/a', '/a'].map((path, i) => ({ path, scopes: { [`s${i}`]: 'A' } }))],
    ['resources', ['/a', '/b'].map((path) => ({ path, scopes: { s: 'A' } }))],
    ['code', '60'],
    ['refreshLeeway', '0s'],
    ['other', 'x'],
  ])('settings: %s cannot be %j', (field, value) => {
    const [complaint, ...rest] = complaintsOf(sample({ oauth: { ...OAUTH, [field]: value } }))
    expect(complaint).toMatch(field === 'other' ? 'unknown field "other"' : `oauth.${field}`)
    expect(rest).toEqual([])
  })

  it('cannot have a path of the authorization server', () => {
    const routes = withRoutes({ route: 'GET /oauth/token' })
    expect(complaintsOf({ ...routes, basePath: '/api' })).toEqual([
      'route "GET /oauth/token": can never match: the gateway itself answers /api/oauth',
    ])
  })
})

describe('an origin needs exactly one of url, urlFrom and service', () => {
  it.each([
    ['none', {}],
    ['url and urlFrom', { url: 'https://a.test', urlFrom: 'A' }],
    ['url and service', { url: 'https://a.test', service: 'A' }],
    ['all', { url: 'https://a.test', urlFrom: 'A', service: 'B' }],
  ])('%s', (_what, origin) => {
    expect(complaintsOf(withOrigin(origin))).toEqual([
      'origin api: needs exactly one of "url", "urlFrom" and "service"',
    ])
  })

  it.each([
    [{ url: 'https://a.test/base/' }, { url: 'https://a.test/base/' }],
    [{ urlFrom: 'ORIGIN_URL' }, { urlFrom: 'ORIGIN_URL' }],
    [{ service: 'DEMO' }, { service: 'DEMO' }],
  ])('%j alone is accepted', (origin, location) => {
    const [route] = parseConfig(withOrigin(origin)).routes
    expect(route?.target).toMatchObject({ origin: { name: 'api', location, audience: 'api' } })
  })
})

describe('tiers', () => {
  it.each(['read', 'write', 'delete'])('%s is required', (tier) => {
    const all = { read: '1/1s', write: '1/1s', delete: '1/1s' }
    const tiers = Object.fromEntries(Object.entries(all).filter(([name]) => name !== tier))
    expect(complaintsOf(sample({ tiers }))).toEqual([
      `tiers: "${tier}" is missing; "read", "write" and "delete" are required`,
    ])
  })

  it("a route counts in its method's tier, or the tier that it names, and its own limits", () => {
    const tiers = { read: '1/1s', write: '2/1s', delete: '3/1s', slow: '4/1h', free: 'unlimited' }
    const written = [
      { ...ROUTE, route: '* /a' },
      { ...ROUTE, route: '* /b', tier: 'slow', limits: ['5/1d', 'unlimited'] },
      { ...ROUTE, route: '* /c', tier: 'free' },
    ]
    const { routes } = parseConfig(sample({ tiers, routes: written }))
    const limitsOf = (id: string, method: string) => {
      const route = routes.find((one) => one.id === id)
      return route && limitsFor(route, method)
    }
    const names = ['GET', 'HEAD', 'OPTIONS', 'POST', 'PUT', 'PATCH', 'DELETE'].map(
      (method) => limitsOf('* /a', method)?.[0]?.name,
    )
    expect(names.join()).toBe('read,read,read,write,write,write,delete')
    expect(limitsOf('* /b', 'DELETE')).toEqual([
      { name: 'slow', count: 4, windowMs: 3_600_000 },
      { name: '* /b 86400s', count: 5, windowMs: 86_400_000 },
    ])
    expect(limitsOf('* /c', 'GET')).toEqual([])
  })

  it.each([
    ['3/60s', '5/1m'],
    ['3/1s', '400/1d', '5/24h'],
    ['3/1s', '3/1s'],
  ])('two limits of a route with the same window are refused: %s, %s', (...limits) => {
    expect(complaintsOf(withRoutes({ limits }))).toEqual([
      'route "GET /a": limits: two limits have the same window',
    ])
  })

  it('limits of a route with different windows are accepted, each with its own name', () => {
    const [route] = parseConfig(withRoutes({ limits: ['3/1s', '5/60s', '400/1d'] })).routes
    const names = route && limitsFor(route, 'GET').map(({ name }) => name)
    expect(names).toEqual(['read', 'GET /a 1s', 'GET /a 60s', 'GET /a 86400s'])
  })
})

describe('an omitted field has a safe default', () => {
  it('for a route with an origin', () => {
    const [route] = parseConfig(sample()).routes
    expect(route).toMatchObject({ timeoutMs: 30_000, bodyBytes: 1_048_576, websocket: false })
    const timeoutOf = (config: unknown) => parseConfig(config).routes[0]?.timeoutMs
    expect(timeoutOf(withPriced({ timeout: undefined }))).toBe(15_000)
    expect(timeoutOf(withPriced({ timeout: undefined, settle: 'before' }))).toBe(30_000)
    expect(timeoutOf(withMetered())).toBe(30_000)
  })

  it('for a route with an endpoint', () => {
    const route = { origin: undefined, endpoint: 'account.read' }
    expect(parseConfig(withRoutes(route)).routes[0]).toMatchObject({ bodyBytes: 16_384 })
  })

  it('for the config itself', () => {
    expect(parseConfig(sample())).toMatchObject({
      publicUrl: 'https://gateway.test',
      realm: 'gateway.test',
      hosts: new Set(['gateway.test']),
      cors: { origins: new Set(), exposedHeaders: [] },
      apiKeys: { prefix: 'xq_', limit: 100, acceptUntagged: false },
      unauthenticatedLimits: [{ name: 'unauthenticated', count: 600, windowMs: 60_000 }],
      unpaidLimits: [{ name: 'unpaid', count: 600, windowMs: 60_000 }],
    })
  })
})

it('all complaints are listed at once, each with its route and field', () => {
  const config = sample({
    origins: { api: { url: 'https://a.test' }, none: {} },
    tiers: { read: '1/1s', write: '1/1s' },
    routes: [
      { ...ROUTE, route: 'GET /a', origin: 'nowhere', tier: 'slow', price: '1', timeout: '16s' },
      { ...ROUTE, route: 'GET /b/' },
      { ...ROUTE, route: 'GET /c' },
      { ...ROUTE, route: 'GET /c' },
      { ...ROUTE, route: 'GET /d', origin: 'none' },
    ],
  })
  expect(complaintsOf(config)).toEqual([
    'tiers: "delete" is missing; "read", "write" and "delete" are required',
    'origin none: needs exactly one of "url", "urlFrom" and "service"',
    'route "GET /a": origin: "nowhere" is not defined; the origins are "api", "none"',
    'route "GET /a": tier: "slow" is not defined; the tiers are "read", "write"',
    'route "GET /a": price: nobody can pay it; add "payment" to auth',
    'route "GET /a": price: needs "payments", which says how prices are paid',
    expect.stringContaining('route "GET /a": timeout: '),
    expect.stringContaining('route "GET /b/": route: can never match'),
    'route "GET /c": duplicate of route "GET /c"',
  ])
})

it('any value is parsed or refused with complaints, and never crashes', () => {
  const junk = fc.anything({ maxDepth: 2 })
  const field = fc.constantFrom(...Object.keys(sample()))
  fc.assert(
    fc.property(junk, field, (value, name) => {
      for (const config of [value, sample({ [name]: value }), withRoutes({ [name]: value })]) {
        try {
          parseConfig(config)
        } catch (error) {
          expect(String(error)).toMatch(/^Error: The gateway's config is wrong:\n {2}- /)
        }
      }
    }),
    { numRuns: 1000 },
  )
})
