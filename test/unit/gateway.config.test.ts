/** The shipped src/gateway.config.ts against values that were copied from the contract by hand. */
import { describe, expect, it } from 'vitest'
import { findRoute, limitsFor, type Route } from '../../src/config/config.ts'
import { bySpecificity, METHODS } from '../../src/config/pattern.ts'
import gateway from '../../src/gateway.config.ts'

/** The words of a scope, which the consent page shows. */
const IN_ALL_LANGUAGES = { en: expect.any(String), tr: expect.any(String), es: expect.any(String) }

/** Contract, section 2, and the grants of section 6. A route that takes a key takes a token too. */
const ROUTES: [id: string, key: boolean, session: boolean][] = [
  ['GET /account', true, false],
  ['PATCH /account', true, true],
  ['POST /api-keys', false, true],
  ['GET /api-keys', false, true],
  ['DELETE /api-keys/:id', false, true],
  ['* /monitors/*', true, true],
  ['GET /events/*', true, true],
  ['* /webhooks/*', true, true],
  ['GET /webhooks/:id/deliveries', true, true],
  ['* /draws/*', true, true],
  ['* /extractions/*', true, true],
  ['* /x/*', true, true],
  ['POST /x/media/download', true, true],
  ['GET /trends', true, true],
  ['PUT /account/x-identity', true, true],
  ['* /styles/*', true, true],
  ['* /drafts/*', true, true],
  ['POST /compose', true, true],
  ['GET /radar', true, true],
  ['POST /subscribe', true, true],
  ['* /integrations/*', true, true],
  ['* /x-accounts/*', true, true],
  ['* /x-write/*', true, true],
  ['* /support/*', true, true],
  ['* /credits/*', true, true],
  ['* /guest-wallets/*', true, true],
  ['GET /oauth/grants', false, true],
  ['DELETE /oauth/grants/:id', false, true],
]

/** Contract, section 5: the routes with a price by the call, in millionths of a dollar. */
const PRICED_BY_CALL: [id: string, amount: bigint][] = [
  ['GET /x/tweets/:id', 150n],
  ['GET /x/users/:id', 150n],
  ['GET /x/followers/check', 1050n],
  ['GET /x/articles/:tweetId', 1050n],
  ['GET /trends', 450n],
  ['GET /x/trends', 450n],
]

/** Contract, section 5: the routes with a price by the result, each 150 millionths of a dollar. */
const PRICED_BY_RESULT: [id: string, unit: string][] = [
  ['GET /x/tweets/search', 'tweet'],
  ['POST /x/media/download', 'media item'],
  ['GET /x/users/:id/tweets', 'tweet'],
  ['GET /x/tweets/:id/quotes', 'tweet'],
  ['GET /x/tweets/:id/replies', 'tweet'],
  ['GET /x/tweets/:id/retweeters', 'user'],
  ['GET /x/tweets/:id/favoriters', 'user'],
  ['GET /x/tweets/:id/thread', 'tweet'],
  ['GET /x/users/:id/likes', 'tweet'],
  ['GET /x/users/:id/media', 'tweet'],
]

const PRICED = [...PRICED_BY_CALL, ...PRICED_BY_RESULT].map(([id]) => id)

/** Contract, section 4. */
const LIMITED: [id: string, ...limits: [count: number, windowMs: number][]][] = [
  ['POST /guest-wallets', [10, 60_000]],
  ['POST /x/accounts', [3, 900_000]],
  ['POST /x/users/:id/follow', [20, 60_000], [400, 86_400_000]],
]

/** Contract, section 6: the route of the MCP server, which is not below the base path. */
const MCP = '* /mcp'

const TIERS = { read: [10, 1000], write: [30, 60_000], delete: [15, 60_000] }
const TIER_OF: Record<string, keyof typeof TIERS> = {
  GET: 'read',
  HEAD: 'read',
  OPTIONS: 'read',
  DELETE: 'delete',
  POST: 'write',
  PUT: 'write',
  PATCH: 'write',
}

function routeOf(id: string): Route {
  const route = gateway.routes.find((one) => one.id === id)
  if (route === undefined) throw new Error(`no route ${id}`)
  return route
}

describe('the shipped config', () => {
  it('has exactly the routes of the contract', () => {
    const expected = new Set([
      ...ROUTES.map(([id]) => id),
      ...PRICED,
      ...LIMITED.map(([id]) => id),
      MCP,
    ])
    expect(gateway.routes.map(({ id }) => id).sort()).toEqual([...expected].sort())
  })

  it.each(ROUTES)('%s: key %s, session %s', (id, key, session) => {
    expect([...routeOf(id).auth].sort()).toEqual([
      ...(key ? ['api_key', 'oauth'] : []),
      ...(PRICED.includes(id) ? ['payment'] : []),
      ...(session ? ['session'] : []),
    ])
  })

  it.each(PRICED_BY_RESULT)('%s costs 150 millionths of a dollar for each %s', (id, unit) => {
    expect([...routeOf(id).auth].sort()).toEqual(['api_key', 'oauth', 'payment', 'session'])
    const [most, results] =
      unit === 'media item'
        ? [{ body: [['urls'], ['tweetIds'], ['items']], max: 50 }, { pointer: ['media'] }]
        : [{ query: 'limit', default: 20, max: 100 }, { pointer: [`${unit}s`] }]
    const session = { intent: 'session', amount: 150n, unit, paymentHeader: false }
    const price = { ...session, results, uncountable: 'refuse', most }
    expect(routeOf(id).price).toEqual(price)
  })

  it.each(PRICED_BY_CALL)(
    '%s costs %d millionths of a dollar without a key or a session',
    (id, amount) => {
      expect([...routeOf(id).auth].sort()).toEqual(['api_key', 'oauth', 'payment', 'session'])
      const price = {
        amount,
        intent: 'charge',
        methods: ['tempo'],
        settle: 'after',
        paymentHeader: false,
      }
      expect(routeOf(id)).toMatchObject({ price, timeoutMs: 15_000 })
    },
  )

  it('no other route has a price', () => {
    const priced = gateway.routes.filter(({ price }) => price !== null)
    expect(priced.map(({ id }) => id).sort()).toEqual(PRICED.toSorted())
  })

  it('the gateway answers /account, /api-keys and /oauth, an origin every other route', () => {
    const own = gateway.routes.filter(({ target }) => 'endpoint' in target)
    expect(
      own.map(({ id, target }) => [id, 'endpoint' in target && target.endpoint]).sort(),
    ).toEqual([
      ['DELETE /api-keys/:id', 'apiKeys.revoke'],
      ['DELETE /oauth/grants/:id', 'grants.revoke'],
      ['GET /account', 'account.read'],
      ['GET /api-keys', 'apiKeys.list'],
      ['GET /oauth/grants', 'grants.list'],
      ['PATCH /account', 'account.update'],
      ['POST /api-keys', 'apiKeys.create'],
    ])
  })

  it.each(METHODS)('%s counts against its tier', (method) => {
    const name = TIER_OF[method] ?? 'read'
    const [count, windowMs] = TIERS[name]
    expect(limitsFor(routeOf('* /monitors/*'), method)).toEqual([
      name === 'read' ? { name, count, windowMs } : { name, count, windowMs, isStrict: true },
    ])
  })

  it.each(LIMITED)('%s has limits of its own on top of its tier', (id, ...limits) => {
    const [tier, ...own] = limitsFor(routeOf(id), 'POST')
    expect(tier).toEqual({ name: 'write', count: 30, windowMs: 60_000, isStrict: true })
    for (const limit of own) expect(limit.isStrict).toBe(true)
    expect(own.map(({ count, windowMs }) => [count, windowMs])).toEqual(limits)
    expect(new Set(own.map(({ name }) => name)).size).toBe(limits.length)
  })

  it('only POST /guest-wallets needs no credential, because it makes the first one', () => {
    const open = gateway.routes.filter(({ auth }) => auth.includes('anonymous'))
    expect(open.map(({ id, auth }) => [id, ...auth])).toEqual([
      ['POST /guest-wallets', 'api_key', 'oauth', 'session', 'anonymous'],
    ])
  })

  it('no other route has limits of its own', () => {
    const limited = gateway.routes.filter((route) => limitsFor(route, 'POST').length > 1)
    expect(limited.map(({ id }) => id).sort()).toEqual(LIMITED.map(([id]) => id).sort())
  })

  it('tries the most specific route first', () => {
    for (const [i, route] of gateway.routes.entries()) {
      for (const later of gateway.routes.slice(i + 1)) {
        expect(bySpecificity(route, later), `${route.id}, ${later.id}`).toBeLessThanOrEqual(0)
      }
    }
  })

  it('has the other values of the contract', () => {
    expect(gateway).toMatchObject({
      basePath: '/api/v1',
      leaseMs: 5000,
      realm: 'xquik.com',
      apiKeys: {
        prefix: 'xq_',
        limit: 100,
        acceptUntagged: false,
        headers: ['x-api-key', 'xquik-api-key'],
        imported: [],
      },
      sessions: { cookie: 'session_token' },
      unauthenticatedLimits: [{ count: 600, windowMs: 60_000 }],
      unpaidLimits: [{ count: 600, windowMs: 60_000 }],
      payments: {
        chainId: 4217,
        currency: '0x20c000000000000000000000b9537d11c60e8b50',
        decimals: 6,
        channels: {
          suggestedDeposit: 1_000_000n,
          operatorFrom: 'PAYMENT_OPERATOR',
          escrow: '0x4d50500000000000000000000000000000000000',
        },
      },
      oauth: {
        resources: [
          {
            path: '/mcp',
            url: 'https://xquik.com/mcp',
            scopes: { 'mcp:tools': IN_ALL_LANGUAGES },
          },
          {
            path: '/api/v1',
            url: 'https://xquik.com/api/v1',
            scopes: { api: IN_ALL_LANGUAGES },
          },
        ],
        codeMs: 60_000,
        accessMs: 86_400_000,
        refreshMs: 30 * 86_400_000,
        leewayMs: 10_000,
        limits: { registrationsByAddress: [{ count: 60, windowMs: 60_000 }] },
      },
    })
  })
})

it.each(METHODS)('%s /mcp is answered by the MCP server, and only there', (method) => {
  expect(findRoute(gateway, method, '/mcp')).toMatchObject({
    id: MCP,
    protocol: 'mcp',
    auth: ['api_key', 'oauth'],
    scope: 'mcp:tools',
    target: { origin: { name: 'mcp', location: { urlFrom: 'MCP_ORIGIN_URL' } } },
  })
  for (const path of ['/api/v1/mcp', '/mcp/', '/mcp/x', '/MCP'])
    expect(findRoute(gateway, method, path), path).toBeUndefined()
})

/** A call of a route with its own method, at a path that it matches. */
function callOf(id: string): [method: string, path: string, id: string] {
  const [method = '', path = ''] = id.split(' ')
  return [method, path.replace(/:\w+/, '42'), id]
}

it.each<[method: string, path: string, id: string | undefined]>([
  ...PRICED.map(callOf),
  ['GET', '/account', 'GET /account'],
  ['HEAD', '/account', 'GET /account'],
  ['PATCH', '/account', 'PATCH /account'],
  ['PUT', '/account/x-identity', 'PUT /account/x-identity'],
  ['DELETE', '/api-keys/42', 'DELETE /api-keys/:id'],
  ['POST', '/x/accounts', 'POST /x/accounts'],
  ['GET', '/x/accounts', '* /x/*'],
  ['POST', '/x/users/42/follow', 'POST /x/users/:id/follow'],
  ['DELETE', '/x/users/42/follow', '* /x/*'],
  ['POST', '/x/tweets/search', '* /x/*'],
  ['GET', '/x', '* /x/*'],
  ['GET', '/webhooks/42/deliveries', 'GET /webhooks/:id/deliveries'],
  ['POST', '/webhooks/42/deliveries', '* /webhooks/*'],
  ['GET', '/webhooks', '* /webhooks/*'],
  ['GET', '/monitors', '* /monitors/*'],
  ['DELETE', '/monitors/1/2/3', '* /monitors/*'],
  ['GET', '/events', 'GET /events/*'],
  ['GET', '/events/stream', 'GET /events/*'],
  ['PUT', '/account', undefined],
  ['DELETE', '/account', undefined],
  ['GET', '/account/x-identity', undefined],
  ['GET', '/account/other', undefined],
  ['PUT', '/api-keys/42', undefined],
  ['GET', '/api-keys/42', undefined],
  ['DELETE', '/api-keys', undefined],
  ['DELETE', '/api-keys/42/x', undefined],
  ['POST', '/events', undefined],
  ['POST', '/trends', undefined],
  ['GET', '/compose', undefined],
  ['GET', '/', undefined],
  ['GET', '/xy', undefined],
  ['GET', '/x-other', undefined],
  ['GET', '/admin', undefined],
])('%s %s is answered by %s', (method, path, id) => {
  expect(findRoute(gateway, method, `/api/v1${path}`)?.id).toBe(id)
})
