/**
 * The published documents say what the gateway does: every route is called unpaid and compared.
 * Then: how documents are served.
 */
import { beforeAll, describe, expect, it } from 'vitest'
import { type Config, isPricedByCall, type Route } from '../../../../src/config/config.ts'
import { parseConfig } from '../../../../src/config/defineGateway.ts'
import { OWN_PATHS } from '../../../../src/config/ownPaths.ts'
import { fromBase64url } from '../../../../src/lib/bytes.ts'
import { clientOf, env, recordingOrigin, shippedGateway } from '../../../support/worker/gateway.ts'
import { sample } from '../../../support/worker/sampleConfig.ts'
import { recordingStores } from '../../../support/worker/storeBindings.ts'

/** The expected price of a route in USDC's smallest unit, for one call or for one unit. */
interface ExpectedPrice {
  amount: string
  /** The unit's name, its default number for a call, and the most that a call can ask for. */
  unit?: readonly [name: string, byDefault: number, most: number]
}

const call = (amount: string): ExpectedPrice => ({ amount })
const TWEET: ExpectedPrice = { amount: '150', unit: ['tweet', 20, 100] }
const USER: ExpectedPrice = { amount: '150', unit: ['user', 20, 100] }

const PRICED: Record<string, ExpectedPrice> = {
  'GET /trends': call('450'),
  'GET /x/trends': call('450'),
  'GET /x/articles/:tweetId': call('1050'),
  'GET /x/followers/check': call('1050'),
  'GET /x/tweets/:id': call('150'),
  'GET /x/users/:id': call('150'),
  'GET /x/tweets/search': TWEET,
  'GET /x/tweets/:id/favoriters': USER,
  'GET /x/tweets/:id/quotes': TWEET,
  'GET /x/tweets/:id/replies': TWEET,
  'GET /x/tweets/:id/retweeters': USER,
  'GET /x/tweets/:id/thread': TWEET,
  'GET /x/users/:id/likes': TWEET,
  'GET /x/users/:id/media': TWEET,
  'GET /x/users/:id/tweets': TWEET,
  'POST /x/media/download': { amount: '150', unit: ['media item', 50, 50] },
}

/** The price in the words of the documents. */
function inWords({ amount, unit }: ExpectedPrice): string {
  const price = `$${Number(amount) / 1e6}`
  return unit ? `${price} for each ${unit[0]}, at most ${unit[2]} a call` : `${price} a call`
}
const USDC = '0x20c000000000000000000000b9537d11c60e8b50'

const TYPES = [
  ['/openapi.json', 'application/json'],
  ['/.well-known/mpp.json', 'application/json'],
  ['/llms.txt', 'text/plain; charset=utf-8'],
  [
    '/.well-known/api-catalog',
    'application/linkset+json; profile="https://www.rfc-editor.org/info/rfc9727"',
  ],
] as const
const ownPaths = new Set<string>(Object.values(OWN_PATHS))
const PATHS = TYPES.map(([path]) => path)
const METHODS = ['GET', 'HEAD', 'OPTIONS', 'POST', 'PUT', 'PATCH', 'DELETE']

/** A gateway with one anonymous route for every path. */
const CATCH_ALL = parseConfig(
  sample({
    publicUrl: 'https://xquik.com',
    basePath: '',
    origins: { api: { service: 'ORIGIN' } },
    routes: [{ route: '* /*', auth: ['anonymous'], origin: 'api' }],
  }),
)

interface Offer {
  intent: string
  method: string
  amount: string
  currency: string
}
interface Operation {
  security: object[]
  responses: object
  'x-payment-info'?: { offers: Offer[] }
}
interface OpenApi {
  security: object[]
  paths: Record<string, Record<string, Operation> & { summary?: string; parameters?: object[] }>
}
type Priced = Record<'method' | 'path' | 'amount' | 'currency' | 'recipient' | 'intent', string>
interface Prices {
  realm: string
  methods: string[]
  offers: (Priced & { chainId: number; decimals: number; settle?: string; most?: number })[]
}

/** The documents of a gateway, and a function that reads the challenge of a path. */
async function published(given: Config, bindings: Record<string, unknown> = {}) {
  const { call } = clientOf({ ...given, unauthenticatedLimits: [], unpaidLimits: [] }, bindings)
  const text = async (path: string) => (await call(path)).text()
  const openApi: OpenApi = JSON.parse(await text('/openapi.json'))
  const prices: Prices = JSON.parse(await text('/.well-known/mpp.json'))
  async function challengeOf(method: string, path: string) {
    const response = await call(path, { method })
    const header = response.headers.get('www-authenticate') ?? ''
    const request = /request="([^"]+)"/.exec(header)?.[1] ?? ''
    return { status: response.status, header, ...JSON.parse(fromBase64url(request, 4096) || '{}') }
  }
  return { openApi, prices, guide: await text('/llms.txt'), challengeOf }
}

const filled = (path: string) => path.replace(/\{path\}/, 'a/b').replace(/\{\w+\}/g, '42')

/** The paths under which the documents must list a route. */
function pathsOf({ segments }: Route): string[] {
  const parts = segments.map((segment) => segment.replace(/^:(.*)$/, '{$1}'))
  const path = `/${parts.join('/')}`
  return path.endsWith('/*') ? [path.slice(0, -2), `${path.slice(0, -1)}{path}`] : [path]
}

let shipped: Awaited<ReturnType<typeof published>>
beforeAll(async () => {
  shipped = await published(shippedGateway(), { ORIGIN: recordingOrigin().binding })
})

const operations = (openApi: OpenApi) =>
  Object.entries(openApi.paths).flatMap(([path, { summary: _, parameters: __, ...item }]) =>
    Object.entries(item).map(([verb, operation]) => ({
      path,
      method: verb.toUpperCase(),
      operation: { security: openApi.security, ...(operation as Partial<Operation>) },
    })),
  )

describe.each(shippedGateway().routes)('$id', (route) => {
  const methods = route.anyMethod ? ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'] : route.methods
  const calls = pathsOf(route).flatMap((path) => methods.map((method) => [method, path] as const))

  it.each(calls)('%s %s is published as it answers an unpaid call', async (method, path) => {
    const { openApi, prices, challengeOf } = shipped
    const live = await challengeOf(method, filled(path))
    const verb = method === 'HEAD' ? 'get' : method.toLowerCase()
    const operation = openApi.paths[path]?.[verb]
    const offers = operation?.['x-payment-info']?.offers ?? []
    const listed = prices.offers.filter(
      (offer) => offer.method === verb.toUpperCase() && offer.path === path,
    )
    const expected = PRICED[route.id]
    const isPriced = expected !== undefined
    const isOpen = method === 'POST' && path === '/api/v1/guest-wallets'
    expect(live.status).toBe(isOpen ? 200 : isPriced ? 402 : 401)
    expect(offers).toHaveLength(isPriced ? 1 : 0)
    expect(listed).toHaveLength(isPriced ? 1 : 0)
    expect('402' in (operation?.responses ?? {})).toBe(isPriced)
    const security = operation?.security ?? openApi.security
    expect(security.some((one) => 'payment' in one)).toBe(isPriced)
    if (!isPriced) return
    const [unit, byDefault, most] = expected.unit ?? []
    expect(live.amount).toBe(String(Number(expected.amount) * (byDefault ?? 1)))
    expect(live.unitType).toBe(unit)
    for (const { amount, currency } of [...offers, ...listed])
      expect({ amount, currency }).toEqual({ amount: expected.amount, currency: live.currency })
    const { method: paidBy, intent } = offers[0] as Offer
    expect(live.header).toContain(`method="${paidBy}", intent="${intent}"`)
    expect(live.header).toContain(`realm="${prices.realm}"`)
    expect(prices.methods).toEqual([paidBy])
    expect(listed[0]).toMatchObject({
      recipient: live.recipient,
      chainId: live.methodDetails.chainId,
      intent,
      decimals: 6,
      currency: USDC,
      ...(unit ? { unit, most } : { settle: 'after' }),
    })
    expect(offers[0]).toMatchObject({ description: inWords(expected) })
  })
})

it('exactly the priced routes are published with a price, in every document', () => {
  const paths = Object.keys(PRICED).map((id) => {
    return id.replace(' ', ' /api/v1').replace(/:(\w+)/g, '{$1}')
  })
  const { openApi, prices, guide } = shipped
  const payable = operations(openApi).filter(({ operation }) => operation['x-payment-info'])
  expect(payable.map(({ method, path }) => `${method} ${path}`).sort()).toEqual(paths.sort())
  const listed = prices.offers.map(({ method, path }) => `${method} ${path}`)
  expect(listed.sort()).toEqual(paths)
  expect(guide.match(/^- `[A-Z]+ .*\$.*$/gm)?.sort()).toEqual(
    Object.entries(PRICED)
      .map(([id, price]) => `- \`${id.replace(/:(\w+)/g, '{$1}')}\`: ${inWords(price)}`)
      .sort(),
  )
})

it('the gateway answers every published operation, and with 402 exactly those that have an offer', async () => {
  const { openApi, challengeOf } = shipped
  for (const { path, method, operation } of operations(openApi)) {
    const { status } = await challengeOf(method, filled(path))
    if (ownPaths.has(path)) {
      // A form that is empty, or no key of a client.
      expect([method, path, status]).toEqual([method, path, method === 'GET' ? 200 : 400])
      continue
    }
    const isOpen = operation.security.some((one) => Object.keys(one).length === 0)
    expect([method, path, status]).toEqual([
      method,
      path,
      isOpen ? 200 : 'x-payment-info' in operation ? 402 : 401,
    ])
  }
})

it('a change of price, recipient and chain changes the challenge and every document', async () => {
  const config = shippedGateway((route) => {
    return route.id === 'GET /trends' && isPricedByCall(route)
      ? { price: { ...route.price, amount: 1_230_000n, settle: 'before' } }
      : {}
  })
  const currency = '0x20c0000000000000000000000000000000000001'
  const payments = config.payments && { ...config.payments, currency, chainId: 1337 }
  const recipient = `0x${'ab'.repeat(20)}`
  const { openApi, prices, guide, challengeOf } = await published(
    { ...config, payments },
    { PAYMENT_RECIPIENT: recipient },
  )
  const expected = { amount: '1230000', currency }
  expect(await challengeOf('GET', '/api/v1/trends')).toMatchObject({ ...expected, recipient })
  expect(openApi.paths['/api/v1/trends']?.get?.['x-payment-info']?.offers).toEqual([
    { ...expected, intent: 'charge', method: 'tempo', description: '$1.23 a call' },
  ])
  expect(prices.offers.find(({ path }) => path === '/api/v1/trends')).toMatchObject({
    ...expected,
    recipient,
    chainId: 1337,
    settle: 'before',
  })
  expect(guide).toContain('- `GET /trends`: $1.23 a call')
})

it('a route with two payment methods is published with the offers of its 402, in the same order', async () => {
  const evm = {
    chainId: 8453,
    currency: `0x${'83'.repeat(20)}`,
    decimals: 18,
    name: 'Coin',
    version: '2',
    recipientFrom: 'EVM_RECIPIENT',
  }
  const config = shippedGateway((route) => {
    return route.id === 'GET /trends' && route.price
      ? { price: { ...route.price, methods: ['evm', 'tempo'] } }
      : {}
  })
  const recipient = `0x${'cd'.repeat(20)}`
  const { openApi, prices, guide, challengeOf } = await published(
    { ...config, payments: config.payments && { ...config.payments, evm } },
    { EVM_RECIPIENT: recipient },
  )
  const { header } = await challengeOf('GET', '/api/v1/trends')
  const live = [...header.matchAll(/method="(\w+)", intent="(\w+)", request="([^"]+)"/g)].map(
    ([, method, intent, request = '']) => {
      return { method, intent, ...JSON.parse(fromBase64url(request, 4096) ?? '{}') }
    },
  )
  expect(live).toMatchObject([
    {
      method: 'evm',
      amount: '450000000000000',
      currency: evm.currency,
      recipient,
      methodDetails: { chainId: 8453, credentialTypes: ['authorization'], decimals: 18 },
    },
    { method: 'tempo', amount: '450', currency: USDC },
  ])
  const description = '$0.00045 a call'
  expect(openApi.paths['/api/v1/trends']?.get?.['x-payment-info']?.offers).toEqual(
    live.map(({ method, intent, amount, currency }) => {
      return { method, intent, amount, currency, description }
    }),
  )
  const listed = prices.offers.filter(({ path }) => path === '/api/v1/trends')
  expect(listed).toMatchObject(
    live.map(({ method, amount, currency, recipient, methodDetails: { chainId } }) => {
      return { paymentMethod: method, amount, currency, recipient, chainId }
    }),
  )
  expect(listed[0]).toMatchObject({ decimals: 18, domain: { name: 'Coin', version: '2' } })
  expect(listed[1]).not.toHaveProperty('domain')
  expect(prices.methods.toSorted()).toEqual(['evm', 'tempo'])
  expect(guide).toContain('- `GET /trends`: $0.00045 a call, paid by `evm` or `tempo`')
})

describe.each(TYPES)('%s', (path, type) => {
  it('has its media type, may be cached for 5 minutes, and answers HEAD like GET', async () => {
    const { call } = clientOf(shippedGateway())
    const got = await call(path)
    const headed = await call(path, { method: 'HEAD' })
    expect(await headed.text()).toBe('')
    expect((await got.text()).length).toBeGreaterThan(100)
    for (const { status, headers } of [got, headed]) {
      expect(status).toBe(200)
      expect(headers.get('content-type')).toBe(type)
      expect(headers.get('cache-control')).toBe('public, max-age=300')
      expect(headers.get('link')).toBe(
        path === '/.well-known/api-catalog' ? `<${path}>; rel="api-catalog"` : null,
      )
    }
  })

  it.each(METHODS)('%s: no origin answers, even with a route for all paths', async (method) => {
    const origin = recordingOrigin()
    const { call } = clientOf(CATCH_ALL, { ORIGIN: origin.binding })
    const response = await call(path, { method })
    const reads = method === 'GET' || method === 'HEAD'
    expect(response.status).toBe(reads ? 200 : 405)
    expect(response.headers.get('allow')).toBe(reads ? null : 'GET, HEAD')
    expect(origin.seen).toHaveLength(0)
    await call('/other', { method })
    expect(origin.seen).toHaveLength(1)
  })
})

it('no document touches a store, whatever credential comes with the request', async () => {
  const { bindings, calls } = recordingStores(env)
  const CHARGES = new Proxy({}, { get: (_, name) => calls.push(`CHARGES ${String(name)}`) })
  const { call, settled } = clientOf(shippedGateway(), { ...bindings, CHARGES })
  const headers = {
    'x-api-key': `xq_${'0'.repeat(64)}`,
    cookie: 'session_token=a; session_token=b',
  }
  for (const path of PATHS) expect((await call(path, { headers })).status).toBe(200)
  await settled()
  expect(calls).toEqual([])
})

it('every link of /.well-known/api-catalog leads to an answer of its type', async () => {
  const { call } = clientOf(shippedGateway())
  const catalog = await (await call('/.well-known/api-catalog')).json<{ linkset: object[] }>()
  const [list, api] = catalog.linkset
  expect(list).toMatchObject({ item: [{ href: 'https://xquik.com/api/v1' }] })
  const { anchor, ...relations } = api as Record<string, { href: string; type: string }[]>
  expect(anchor).toBe('https://xquik.com/api/v1')
  expect(Object.keys(relations)).toEqual(['service-desc', 'service-doc', 'service-meta', 'status'])
  for (const { href, type } of Object.values(relations).flat()) {
    const response = await call(href)
    expect(response.status).toBe(200)
    expect(response.headers.get('content-type')?.split(';')[0]).toBe(type)
  }
})
