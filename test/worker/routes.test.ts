/**
 * Every route of the shipped table with every state of credentials: the status, the body, and the
 * request that the origin gets.
 */
import { beforeAll, describe, expect, it } from 'vitest'
import type { Route } from '../../src/config/config.ts'
import { clientOf, recordingOrigin, shippedGateway, unlimited } from '../support/worker/gateway.ts'
import {
  apiKey,
  bearer,
  cookie,
  seedAccount,
  seedKey,
  seedSession,
  seedToken,
  unknownSession,
} from '../support/worker/seed.ts'

const gateway = shippedGateway(unlimited)
const origin = recordingOrigin()
const { call, settled } = clientOf(
  { ...gateway, unauthenticatedLimits: [], unpaidLimits: [] },
  { ORIGIN: origin.binding },
)

const headersIn: Record<string, Record<string, string>> = {}
let accountId = ''

beforeAll(async () => {
  accountId = await seedAccount()
  const key = (await seedKey(accountId)).key
  const session = await seedSession(accountId)
  const other = await seedAccount()
  const last = key.at(-1) === '0' ? '1' : '0'
  Object.assign(headersIn, {
    none: {},
    'good key': apiKey(key),
    'good key as a bearer': bearer(key),
    'good key in an alias': { 'xquik-api-key': key },
    'good key in another header': { 'api-key': key },
    'key before another key in an alias': { ...apiKey(key), 'xquik-api-key': 'nonsense' },
    'bad key before a good key as a bearer': { 'xquik-api-key': 'nonsense', ...bearer(key) },
    'bad key': apiKey(key.slice(0, -1) + last),
    'bad key as a bearer': bearer(key.slice(0, -1) + last),
    'revoked key': apiKey((await seedKey(accountId, 'revoked')).key),
    'good session': cookie(session),
    'bad session': cookie(await unknownSession()),
    'good token': bearer((await seedToken(accountId)).token),
    'bad token': bearer(session),
    'bad token and good session': { ...bearer(session), ...cookie(session) },
    'good token and session': { ...bearer((await seedToken(accountId)).token), ...cookie(session) },
    'key and session': { ...apiKey(key), ...cookie(await seedSession(other)) },
    'bad key and good session': { ...apiKey('nonsense'), ...cookie(session) },
    'two keys': apiKey(`${key}, ${key}`),
    'two sessions': { cookie: `session_token=${session}; session_token=${session}` },
    'bearer and good session': { authorization: 'Bearer abc', ...cookie(session) },
    'payment and good session': { authorization: 'Payment abc', ...cookie(session) },
  })
})

/** The result that a route must give for a state of credentials. */
function expected(route: Route, state: string): 'accepted' | 400 | 401 | 402 {
  if (state === 'two keys' || state === 'two sessions') return 400
  if (KEYS.includes(state) || state === 'key and session')
    return route.auth.includes('api_key') ? 'accepted' : 401
  if (state === 'good token' || state === 'good token and session')
    return route.auth.includes('oauth') ? 'accepted' : 401
  if (state === 'good session') return route.auth.includes('session') ? 'accepted' : 401
  if (ANONYMOUS.includes(state) && route.auth.includes('anonymous')) return 'accepted'
  const isPriced = route.auth.includes('payment')
  return isPriced && (state === 'none' || state === 'payment and good session') ? 402 : 401
}

/** States in which the good key counts. */
const KEYS = [
  'good key',
  'good key as a bearer',
  'good key in an alias',
  'key before another key in an alias',
]

/** States in which no credential is read. */
const ANONYMOUS = ['none', 'good key in another header']

const STATES = [
  'none',
  ...KEYS.slice(1),
  'good key in another header',
  'bad key before a good key as a bearer',
  'bad key as a bearer',
  'good key',
  'bad key',
  'revoked key',
  'good session',
  'bad session',
  'key and session',
  'good token',
  'bad token',
  'bad token and good session',
  'good token and session',
  'bad key and good session',
  'two keys',
  'two sessions',
  'bearer and good session',
  'payment and good session',
]

const samplePath = (route: Route) =>
  `/${route.segments.map((s) => (s.startsWith(':') ? '42' : s === '*' ? 'a/b' : s)).join('/')}`

const bodyFor = (method: string) =>
  /^(?:POST|PUT|PATCH)$/.test(method) ? { body: '{"locale":"en"}' } : {}

describe.each(gateway.routes)('$id', (route) => {
  const methods = route.anyMethod ? (['GET', 'POST', 'DELETE'] as const) : route.methods
  describe.each(methods)('%s', (method) => {
    it.each(STATES)('%s', async (state) => {
      origin.seen.length = 0
      const path = samplePath(route)
      const response = await call(`${path}?q=1`, {
        method,
        headers: headersIn[state] ?? {},
        ...bodyFor(method),
      })
      const body = await response.text()
      const wanted = expected(route, state)
      if (wanted === 'accepted' && 'origin' in route.target) {
        expect(response.status).toBe(200)
        expect(origin.seen).toHaveLength(1)
        const [seen] = origin.seen
        expect(seen?.method).toBe(method)
        expect(`${seen?.url.pathname}${seen?.url.search}`).toBe(`${path}?q=1`)
        const sealed = seen?.headers.get('turnpike-assertion')?.split('.')[1] ?? ''
        const claims = JSON.parse(atob(sealed.replaceAll('-', '+').replaceAll('_', '/')))
        if (ANONYMOUS.includes(state) && route.auth.includes('anonymous'))
          expect(claims).toMatchObject({ kind: 'anonymous' })
        else
          expect(claims).toMatchObject({
            sub: accountId,
            kind:
              state === 'good session'
                ? 'session'
                : state.startsWith('good token')
                  ? 'oauth'
                  : 'api_key',
          })
        for (const name of ['x-api-key', 'xquik-api-key', 'api-key', 'cookie', 'authorization'])
          expect(seen?.headers.has(name)).toBe(false)
        return
      }
      const merges = 'endpoint' in route.target && route.target.merged !== null && method !== 'HEAD'
      expect(origin.seen).toHaveLength(wanted === 'accepted' && merges ? 1 : 0)
      if (wanted === 'accepted') {
        // An endpoint of the gateway itself: test/worker/endpoints tests its answers.
        expect(response.status).not.toBe(401)
        return
      }
      expect(response.status).toBe(wanted)
      if (method === 'HEAD') return expect(body).toBe('')
      const error = {
        400: 'multiple_credentials',
        401: 'unauthenticated',
        402: state === 'none' ? 'payment_required' : 'payment_invalid',
      }[wanted]
      const message = expect.any(String)
      expect(JSON.parse(body)).toMatchObject(
        route.protocol === 'mcp'
          ? { jsonrpc: '2.0', error: { code: -32_000, data: { error }, message }, id: null }
          : { error, message },
      )
      if (wanted === 400) return undefined
      const challenge = response.headers.get('www-authenticate') ?? ''
      expect(challenge).toContain('realm="xquik.com"')
      expect(challenge.startsWith('Payment ')).toBe(wanted === 402)
      return undefined
    })
  })
})

describe('a path or a method that no route has', () => {
  it.each([
    '/',
    '/api/v1',
    '/api/v1/',
    '/api/v1/nothing',
    '/api/v1/api-keys/',
    '/api/v1/account/',
    '/api/v1/API-KEYS',
    '/api/v2/account',
    '/api/v1/api-keys/1/2',
    '/api/v1/trendsx',
    '/api/v1/monitorsx',
  ])('%s is 404 and reaches no origin, even with a valid key', async (path) => {
    origin.seen.length = 0
    const response = await call(path, { headers: headersIn['good key'] ?? {} })
    expect(response.status).toBe(404)
    expect(await response.json()).toMatchObject({ error: 'not_found' })
    expect(origin.seen).toHaveLength(0)
  })

  it.each([
    ['/api/v1/account', 'DELETE', 'GET, HEAD, PATCH'],
    ['/api/v1/api-keys', 'PUT', 'POST, GET, HEAD'],
    ['/api/v1/api-keys/7', 'GET', 'DELETE'],
    ['/api/v1/trends', 'POST', 'GET, HEAD'],
    ['/api/v1/events/1', 'POST', 'GET, HEAD'],
    ['/api/v1/account', 'OPTIONS', 'GET, HEAD, PATCH'],
  ])('%s with %s is 405 with the allowed methods', async (path, method, allow) => {
    const response = await call(path, { method, headers: headersIn['good key'] ?? {} })
    expect(response.status).toBe(405)
    expect(await response.json()).toMatchObject({ error: 'method_not_allowed' })
    expect(new Set(response.headers.get('allow')?.split(', '))).toEqual(new Set(allow.split(', ')))
  })
})

it('every answer, good or bad, carries a request id of its own', async () => {
  const ids = new Set<string | null>()
  for (const path of ['/health', '/api/v1/trends', '/nothing', '/api/v1/a//b']) {
    ids.add((await call(path, { headers: { 'x-request-id': 'mine' } })).headers.get('x-request-id'))
  }
  expect(ids.size).toBe(4)
  for (const id of ids) expect(id).toMatch(/^req_[0-9a-f-]{36}$/)
  await settled()
})
