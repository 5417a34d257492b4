/** CORS: the pages that may read answers, and the answers to preflights. */
import { describe, expect, it } from 'vitest'
import type { Config } from '../../../src/config/config.ts'
import { parseConfig } from '../../../src/config/defineGateway.ts'
import { OWN_PATHS } from '../../../src/config/ownPaths.ts'
import { type Answer, headerOf, json, toResponse } from '../../../src/pipeline/answer.ts'
import { canonical } from '../../../src/stages/canonical.ts'
import { cors, openToPages } from '../../../src/stages/cors.ts'
import {
  callOf,
  failingNext,
  problemBy,
  recordingNext,
  thrownBy,
} from '../../support/worker/calls.ts'
import { OAUTH, ROUTE, sample } from '../../support/worker/sampleConfig.ts'

const APP = 'https://app.test'
const EVIL = 'https://evil.test'
const MCP = { ...ROUTE, route: '* /mcp', root: true, protocol: 'mcp' }

const config = parseConfig(sample({ cors: { origins: [APP] }, oauth: OAUTH, routes: [ROUTE, MCP] }))

/** Routes of two origins, of which one takes headers of an SDK, and an endpoint. */
const SENDING = parseConfig(
  sample({
    cors: { origins: [APP], exposedHeaders: ['X-Own'] },
    origins: {
      api: { service: 'API', requestHeaders: ['x-stainless-*', 'x-version'] },
      other: { service: 'OTHER' },
    },
    routes: [
      { ...ROUTE, route: 'GET /a' },
      { ...ROUTE, route: 'POST /a', origin: 'other' },
      { route: 'PATCH /account', auth: ['api_key'], endpoint: 'account.update' },
    ],
  }),
)

/** The outcome of a page's call. */
function called(
  path: string,
  origin: string | null,
  init: RequestInit = {},
  given: Config = config,
) {
  const headers = new Headers(init.headers)
  if (origin !== null) headers.set('origin', origin)
  const call = callOf(path, { ...init, headers })
  const own = json({}, 200, { vary: 'Accept' })
  const { next, seen } = recordingNext(() => own)
  const answer = cors(given)(next)(call)
  if (answer instanceof Promise) throw new Error('an answer in memory was waited for')
  return {
    call,
    own,
    seen,
    answer,
    allowed: call.responseHeaders['access-control-allow-origin'] ?? null,
  }
}

describe('a call that comes from no page', () => {
  const none = parseConfig(sample({}))
  it.each([
    ['says so to caches where pages may call', config, { vary: 'Origin' }],
    ['stays as it is where none may', none, {}],
  ])('goes on, and its answer %s', (_, given, headers) => {
    const { call, own, seen, answer } = called('/api/v1/a', null, {}, given)
    expect(answer).toBe(own)
    expect(seen).toEqual([call])
    expect(call.responseHeaders).toEqual(headers)
  })
})

describe('a page', () => {
  it('that the config names may read the answer and its headers', () => {
    const { call, seen, answer, allowed } = called('/api/v1/a', APP)
    expect(allowed).toBe(APP)
    const exposed = call.responseHeaders['access-control-expose-headers']?.split(', ')
    expect(exposed).toEqual(
      expect.arrayContaining(['WWW-Authenticate', 'Payment-Receipt', 'Payment-Status']),
    )
    expect(call.responseHeaders, 'cookies are of our own pages only').not.toHaveProperty(
      'access-control-allow-credentials',
    )
    expect(toResponse(answer, call.responseHeaders).headers.get('vary')).toBe('Accept, Origin')
    expect(seen).toEqual([call])
  })

  it.each([EVIL, 'null', 'https://app.test.evil.test', 'http://app.test', 'HTTPS://APP.TEST', ''])(
    'of "%s" calls, but may not read, and caches are told so',
    (origin) => {
      const { call, seen, answer } = called('/api/v1/a', origin)
      expect(call.responseHeaders).toEqual({ vary: 'Origin' })
      expect(toResponse(answer, call.responseHeaders).headers.get('vary')).toBe('Accept, Origin')
      expect(seen).toEqual([call])
    },
  )

  it.each(['token', 'register', 'revoke', 'serverMetadata', 'resourceMetadata'] as const)(
    'of any site may call what an OAuth client in a browser needs: %s',
    (name) => {
      expect(called(OWN_PATHS[name], EVIL).allowed).toBe('*')
      const without = parseConfig(sample({ cors: { origins: [APP] } }))
      expect(called(OWN_PATHS[name], EVIL, {}, without).allowed).toBeNull()
    },
  )

  it('may not read the page on which a person answers a client, whatever the config names', () => {
    expect(called(OWN_PATHS.authorize, APP).allowed).toBeNull()
  })

  it.each([
    [APP, APP],
    ['https://gateway.test', 'https://gateway.test'],
    [EVIL, null],
  ])('of %s at an MCP endpoint may read: %s', (origin, allowed) => {
    expect(called('/mcp', origin).allowed).toBe(allowed)
  })

  it('may read the headers that the config exposes, and the standard ones', () => {
    const { call } = called('/api/v1/a', APP, {}, SENDING)
    const exposed = call.responseHeaders['access-control-expose-headers']?.split(', ')
    const names = ['ETag', 'Link', 'Content-Range', 'Content-Disposition', 'X-RateLimit-Remaining']
    expect(exposed).toEqual(expect.arrayContaining([...names, 'X-Own', 'X-Request-Id']))
  })

  it.each([
    ['/api/v1/a%2f..%2fb', 'https://gateway.test'],
    ['/api/v1/a', 'https://elsewhere.test'],
    [`/api/v1/${'a'.repeat(17_000)}`, 'https://gateway.test'],
  ])('may read the refusal of a URL that has no one reading', async (path, host) => {
    const refused = canonical(config)(recordingNext(() => json({})).next)
    const call = callOf(host + path, { headers: { origin: APP } })
    expect(await problemBy(() => cors(config)(refused)(call))).toMatchObject({
      status: expect.toSatisfy((status: number) => [400, 414, 421].includes(status)),
    })
    expect(call.responseHeaders['access-control-allow-origin']).toBe(APP)
  })

  it('of another site may not read that refusal', () => {
    expect(called('/api/v1/a%2f..%2fb', EVIL).allowed).toBeNull()
  })

  it('of the gateway itself is named at an MCP endpoint only', () => {
    expect(called('/api/v1/a', 'https://gateway.test').allowed).toBeNull()
  })

  it('may also read the answer to a failure', async () => {
    for (const when of ['at once', 'later'] as const) {
      const error = new Error('no')
      const call = callOf('/api/v1/a', { headers: { origin: APP } })
      expect(await thrownBy(() => cors(config)(failingNext(error, when).next)(call))).toBe(error)
      expect(call.responseHeaders['access-control-allow-origin']).toBe(APP)
    }
  })

  it('gets an answer that comes later with the same headers', async () => {
    const call = callOf('/api/v1/a', { headers: { origin: APP } })
    const { next } = recordingNext(async () => json({}, 200, { vary: '*' }))
    const answer = cors(config)(next)(call)
    expect(answer).toBeInstanceOf(Promise)
    expect(headerOf(await answer, 'vary')).toBe('*')
  })
})

describe('a preflight', () => {
  const ask = (path: string, origin: string, asked = 'X-API-Key') =>
    called(path, origin, {
      method: 'OPTIONS',
      headers: {
        'access-control-request-method': 'POST',
        'access-control-request-headers': asked,
      },
    })
  const list = (answer: Answer, name: string) => headerOf(answer, name)?.split(', ') ?? []

  it('is answered here, and reaches no route', () => {
    const { call, seen, answer } = ask('/api/v1/a', APP)
    expect(seen).toEqual([])
    expect(answer).toMatchObject({ status: 204, body: null })
    expect(headerOf(answer, 'access-control-allow-origin')).toBe(APP)
    expect(list(answer, 'access-control-allow-methods')).toEqual(
      expect.arrayContaining(['GET', 'DELETE', 'OPTIONS']),
    )
    expect(list(answer, 'access-control-allow-headers')).toEqual(
      expect.arrayContaining(['X-API-Key', 'Payment-Authorization']),
    )
    expect(headerOf(answer, 'vary')).toBe('Origin')
    expect(call.responseHeaders).toEqual({})
  })

  it('of another page is answered, and allows nothing', () => {
    const { seen, answer } = ask('/api/v1/a', EVIL)
    expect(answer).toEqual({ status: 204, headers: { vary: 'Origin' }, body: null })
    expect(seen).toEqual([])
  })

  it('is none without a method to ask for, or by another method', () => {
    expect(called('/api/v1/a', APP, { method: 'OPTIONS' }).seen).toHaveLength(1)
    const headers = { 'access-control-request-method': 'POST' }
    expect(called('/api/v1/a', APP, { method: 'POST', headers }).seen).toHaveLength(1)
  })

  it('for an MCP endpoint allows headers of MCP that are asked for, and no others', () => {
    const asked = 'mcp-param-Region, x-evil,Mcp-Name, mcp-, mcp-a b'
    const names = list(ask('/mcp', APP, asked).answer, 'access-control-allow-headers')
    expect(names).toEqual(expect.arrayContaining(['mcp-param-Region', 'Mcp-Name']))
    expect(names.filter((name) => /evil|mcp-$|a b/.test(name))).toEqual([])
    const other = list(ask('/api/v1/a', APP, asked).answer, 'access-control-allow-headers')
    expect(other).not.toContain('mcp-param-Region')
  })

  const asking = (method: string, path: string, asked: string) => {
    const { answer } = called(
      path,
      APP,
      {
        method: 'OPTIONS',
        headers: {
          'access-control-request-method': method,
          'access-control-request-headers': asked,
        },
      },
      SENDING,
    )
    return list(answer, 'access-control-allow-headers').map((name) => name.toLowerCase())
  }
  const SDK = 'X-Stainless-Lang,x-stainless-retry-count, X-Version,x-api-key'
  const STANDARD = [
    'if-match',
    'if-none-match',
    'range',
    'prefer',
    'traceparent',
    'cache-control',
    'content-encoding',
    'content-range',
    'content-md5',
  ]

  it("allows what the route's origin may be sent, by name and by prefix", () => {
    const names = asking('GET', '/api/v1/a', SDK)
    expect(names).toEqual(expect.arrayContaining([...SDK.toLowerCase().split(/, ?/), ...STANDARD]))
    const other = asking('POST', '/api/v1/a', SDK)
    expect(other).toEqual(expect.arrayContaining([...STANDARD, 'x-api-key']))
    expect(other.filter((name) => /stainless|version/.test(name))).toEqual(['mcp-protocol-version'])
  })

  it.each([
    ['PATCH', '/api/v1/account'],
    ['DELETE', '/api/v1/a'],
    ['GET', '/nowhere'],
    ['GET', '/api/v1/a%2f..%2fb'],
  ])('where no origin is asked, an SDK may send its headers: %s %s', (method, path) => {
    expect(asking(method, path, SDK)).toEqual(expect.arrayContaining(['x-stainless-lang']))
  })

  it('allows no header that never passes, whatever the prefix', () => {
    const wide = parseConfig(
      sample({
        cors: { origins: [APP] },
        origins: { api: { service: 'API', requestHeaders: ['x-*'] } },
        routes: [ROUTE],
      }),
    )
    const headers = {
      'access-control-request-method': 'GET',
      'access-control-request-headers':
        'x-forwarded-for, x-request-id, x-a_b, x-a b, x-a"b, x-fine, X-Fine.a~b',
    }
    const { answer } = called('/api/v1/a', APP, { method: 'OPTIONS', headers }, wide)
    const names = list(answer, 'access-control-allow-headers')
    expect(names.filter((name) => name.startsWith('x-'))).toEqual(['x-fine'])
    expect(names, 'each character of a name passes').toContain('X-Fine.a~b')
  })

  it('names each header once', () => {
    const names = asking('GET', '/api/v1/a', 'x-version, X-VERSION, range, Accept')
    expect(names).toEqual([...new Set(names)])
  })

  it('echoes only so many names, and only of a list that is short', () => {
    const many = Array.from({ length: 100 }, (_, n) => `mcp-p${n}`).join(',')
    const names = list(ask('/mcp', APP, many).answer, 'access-control-allow-headers')
    expect(names.filter((name) => name.startsWith('mcp-'))).toHaveLength(64)
  })
})

describe('an own path that is open to all pages', () => {
  it('says so to every caller, because a cache may keep an answer that no page asked for', () => {
    for (const origin of [null, EVIL]) {
      const headers = new Headers(origin === null ? {} : { origin })
      const call = callOf('/openapi.json', { headers })
      const answer = openToPages(config)(recordingNext(() => json({})).next)(call)
      if (answer instanceof Promise) throw new Error('an answer in memory was waited for')
      const response = toResponse(answer, call.responseHeaders)
      expect(response.headers.get('access-control-allow-origin')).toBe('*')
      expect(response.headers.get('access-control-expose-headers')).toMatch(/ETag/)
      expect(response.headers.get('vary')).toBe('Origin')
    }
  })
})
