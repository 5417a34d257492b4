/** Proxying: the request that an origin gets, the answer that a caller gets, failing origins. */
import { createRemoteJWKSet, customFetch, jwtVerify } from 'jose'
import { describe, expect, it } from 'vitest'
import type { Route } from '../../../src/config/config.ts'
import {
  type Answer,
  clientOf,
  env,
  recordingOrigin,
  shippedGateway,
  unlimited,
} from '../../support/worker/gateway.ts'
import { apiKey, cookie, seedAccount, seedKey, seedSession } from '../../support/worker/seed.ts'

/** The shipped gateway in front of an origin that answers with `answer`, and calls with a key. */
async function gatewayBefore(
  answer: Answer = () => Response.json({}),
  change: (route: Route) => Partial<Route> = () => ({}),
) {
  const origin = recordingOrigin(answer)
  const gateway = shippedGateway((route) => ({ ...unlimited(), ...change(route) }))
  const client = clientOf(gateway, { ORIGIN: origin.binding })
  const accountId = await seedAccount()
  const { key, id } = await seedKey(accountId)
  const call = (path: string, init: RequestInit = {}) =>
    client.call(path, {
      ...init,
      headers: { ...apiKey(key), ...(init.headers as Record<string, string>) },
    })
  return { origin, call, anonymous: client.call, settled: client.settled, accountId, keyId: id }
}

/** A change of a route: its origin with other settings. */
const originWith = (settings: object) => (route: Route) =>
  'origin' in route.target
    ? {
        target: {
          origin: { ...route.target.origin, location: { service: 'ORIGIN' }, ...settings },
        },
      }
    : {}

describe('the request that an origin gets', () => {
  it('has the headers that every origin needs, and none that is a credential or claims an identity', async () => {
    const { origin, call } = await gatewayBefore()
    const passed = {
      accept: 'application/json',
      'accept-language': 'tr',
      'content-type': 'application/json',
      'idempotency-key': 'abc',
      'if-none-match': '"1"',
      range: 'bytes=0-9',
      traceparent: '00-1-2-01',
      'user-agent': 'sdk/1',
      'x-stainless-os': 'Linux',
    }
    const stopped = {
      cookie: 'a=b; session_token=x',
      'payment-authorization': 'x',
      'accept-payment': 'x',
      'proxy-authorization': 'x',
      'turnpike-assertion': 'forged',
      'x-request-id': 'forged',
      'x-user-id': 'admin',
      x_user_id: 'admin',
      'x-forwarded-for': '6.6.6.6',
      'x-forwarded-host': 'evil.test',
      'x-real-ip': '6.6.6.6',
      forwarded: 'for=6.6.6.6',
      'x-original-url': '/admin',
      'x-http-method-override': 'DELETE',
      'x-middleware-subrequest': '1',
      te: 'trailers',
      expect: '100-continue',
    }
    await call('/api/v1/x/echo', { method: 'POST', headers: { ...passed, ...stopped }, body: '{}' })
    const seen = origin.seen[0]?.headers ?? new Headers()
    for (const [name, value] of Object.entries(passed)) expect(seen.get(name), name).toBe(value)
    for (const name of Object.keys(stopped)) {
      if (/^(?:turnpike-assertion|x-request-id|x-forwarded-.*)$/.test(name)) continue
      expect(seen.has(name), name).toBe(false)
    }
    expect(seen.has('x-api-key')).toBe(false)
    expect(seen.get('x-forwarded-for')).toBe('192.0.2.1')
    expect(seen.get('x-forwarded-host')).toBe('xquik.com')
    expect(JSON.stringify([...seen])).not.toMatch(/6\.6\.6\.6|forged|evil\.test/)
  })

  it('names the caller in an assertion that the published keys verify, for a minute', async () => {
    const { origin, call, anonymous, accountId, keyId } = await gatewayBefore()
    const session = await seedSession(accountId)
    const response = await call('/api/v1/radar')
    await anonymous('/api/v1/radar', { headers: cookie(session) })
    const keys = createRemoteJWKSet(new URL('https://xquik.com/.well-known/jwks.json'), {
      [customFetch]: (url: string) => anonymous(url),
    })
    const verified = await Promise.all(
      origin.seen.map(({ headers }) =>
        jwtVerify(headers.get('turnpike-assertion') ?? '', keys, {
          issuer: 'https://xquik.com',
          audience: 'api',
        }),
      ),
    )
    expect(verified.map(({ payload }) => payload)).toEqual([
      expect.objectContaining({ sub: accountId, kind: 'api_key', key_id: keyId }),
      expect.objectContaining({
        sub: accountId,
        kind: 'session',
        session_id: expect.stringMatching(/^ses_/),
      }),
    ])
    for (const { payload } of verified) expect((payload.exp ?? 0) - (payload.iat ?? 0)).toBe(60)
    expect(origin.seen[0]?.headers.get('x-request-id')).toBe(response.headers.get('x-request-id'))
    const published = await (await anonymous('/.well-known/jwks.json')).text()
    expect(published).not.toContain('"d"')
  })

  it('carries the same assertion again for the same caller', async () => {
    const { origin, call } = await gatewayBefore()
    await call('/api/v1/radar')
    await call('/api/v1/radar')
    const [first, second] = origin.seen.map(({ headers }) => headers.get('turnpike-assertion'))
    expect(first).toBe(second)
  })

  it.each([
    [{ keepsBasePath: true }, '/api/v1/x/a%20b?q=%2F'],
    [{ keepsBasePath: false }, '/x/a%20b?q=%2F'],
  ])(
    'has the path and query as they were sent, with the base path kept or stripped (%o)',
    async (settings, expected) => {
      const { origin, call } = await gatewayBefore(undefined, originWith(settings))
      await call('/api/v1/x/a%20b?q=%2F')
      expect(origin.seen[0]?.url.href).toBe(`https://origin.internal${expected}`)
    },
  )

  it('has the secret headers that the origin demands, from bindings; without a binding nothing is sent', async () => {
    const settings = originWith({ secretHeaders: { 'x-origin-secret': 'ORIGIN_SECRET' } })
    const origin = recordingOrigin()
    const key = apiKey((await seedKey(await seedAccount())).key)
    const gateway = shippedGateway(settings)
    const bindings = { ORIGIN: origin.binding, ORIGIN_SECRET: 's3cret' }
    const response = await clientOf(gateway, bindings).call('/api/v1/radar', { headers: key })
    expect(origin.seen[0]?.headers.get('x-origin-secret')).toBe('s3cret')
    expect(JSON.stringify([...response.headers])).not.toContain('s3cret')
    const without = await clientOf(gateway, { ORIGIN: origin.binding }).call('/api/v1/radar', {
      headers: key,
    })
    expect(without.status).toBe(500)
    expect(origin.seen).toHaveLength(1)
  })

  it('has no body on GET and HEAD, whatever was sent', async () => {
    const { origin, call } = await gatewayBefore()
    expect((await call('/api/v1/radar', { method: 'HEAD' })).status).toBe(200)
    expect(origin.seen).toMatchObject([{ method: 'HEAD', body: '' }])
  })
})

describe('the answer that a caller gets', () => {
  it("is the origin's, errors included, without the headers that only the gateway may set", async () => {
    const { call } = await gatewayBefore(() => {
      const headers = new Headers({
        'content-type': 'application/json',
        etag: '"1"',
        'x-custom': 'kept',
        'set-cookie': 'session_token=evil',
        'access-control-allow-origin': '*',
        server: 'nginx',
        'x-powered-by': 'PHP',
        'payment-receipt': 'forged',
        'www-authenticate': 'Payment id="forged"',
        ratelimit: '"theirs";r=1;t=1',
        'x-request-id': 'theirs',
        connection: 'close, x-internal',
        'x-internal': 'secret',
      })
      return new Response('{"error":"teapot"}', { status: 418, headers })
    })
    const response = await call('/api/v1/radar')
    expect(response.status).toBe(418)
    expect(await response.json()).toEqual({ error: 'teapot' })
    expect(response.headers.get('etag')).toBe('"1"')
    expect(response.headers.get('x-custom')).toBe('kept')
    const dropped = [
      'set-cookie',
      'access-control-allow-origin',
      'server',
      'x-powered-by',
      'payment-receipt',
      'www-authenticate',
      'x-internal',
      'ratelimit',
    ]
    for (const name of dropped) expect(response.headers.has(name), name).toBe(false)
    expect(response.headers.get('x-request-id')).toMatch(/^req_/)
  })

  it.each([
    [null, 'no-store'],
    ['public, max-age=60', 'private, max-age=60'],
    ['s-maxage=60, max-age=5', 'private, max-age=5'],
    ['no-store', 'no-store'],
    ['private, max-age=1', 'private, max-age=1'],
  ])('may never be kept by a shared cache: %s becomes %s', async (given, expected) => {
    const { call } = await gatewayBefore(
      () => new Response('{}', given === null ? {} : { headers: { 'cache-control': given } }),
    )
    const response = await call('/api/v1/radar')
    expect(response.headers.get('cache-control')).toBe(expected)
    expect(response.headers.get('vary')).toBe('X-API-Key, xquik-api-key, Authorization, Cookie')
  })

  it.each([
    ['https://origin.internal/api/v1/x/2?a#b', '/api/v1/x/2?a#b'],
    ['/api/v1/x/2', '/api/v1/x/2'],
    ['2', '2'],
    ['https://elsewhere.test/x', 'https://elsewhere.test/x'],
    ['https://origin.internal.evil.test/x', 'https://origin.internal.evil.test/x'],
    ['https://origin.internal@evil.test/x', 'https://origin.internal@evil.test/x'],
  ])('has a redirect to %s as %s, and the gateway follows none', async (location, expected) => {
    const { origin, call } = await gatewayBefore(
      () => new Response(null, { status: 302, headers: { location } }),
    )
    const response = await call('/api/v1/x/1')
    expect(response.status).toBe(302)
    expect(response.headers.get('location')).toBe(expected)
    expect(origin.seen).toHaveLength(1)
  })

  it('has a redirect with the base path that was stripped', async () => {
    const settings = originWith({ keepsBasePath: false })
    const { call } = await gatewayBefore(
      () => new Response(null, { status: 302, headers: { location: '/x/2' } }),
      settings,
    )
    expect((await call('/api/v1/x/1')).headers.get('location')).toBe('/api/v1/x/2')
  })
})

describe('an origin that fails', () => {
  const failing = () => Promise.reject(new Error('connect ECONNREFUSED 10.1.2.3:80'))

  it.each([
    ['GET', 2],
    ['HEAD', 2],
    ['POST', 1],
    ['DELETE', 2],
    ['PATCH', 1],
  ])('%s: 502 without details, after %i tries', async (method, tries) => {
    const { origin, call } = await gatewayBefore(failing)
    const response = await call('/api/v1/monitors', { method })
    expect(response.status).toBe(502)
    const text = await response.text()
    expect(text).not.toMatch(/10\.1\.2\.3|ECONN|origin\.internal/)
    if (method !== 'HEAD') expect(JSON.parse(text)).toMatchObject({ error: 'origin_unavailable' })
    expect(origin.seen).toHaveLength(tries)
  })

  it('once, and then works, is not noticed by the caller of a GET', async () => {
    let calls = 0
    const { call } = await gatewayBefore(() =>
      calls++ === 0 ? failing() : Response.json({ ok: true }),
    )
    expect(await (await call('/api/v1/radar')).json()).toEqual({ ok: true })
  })

  it.each(['GET', 'POST'])(
    '%s: 504 if the answer does not begin within the deadline of the route',
    async (method) => {
      const { origin, call } = await gatewayBefore(
        (request) =>
          new Promise((_, reject) =>
            request.signal.addEventListener('abort', () => reject(new Error('aborted'))),
          ),
        () => ({ timeoutMs: 30 }),
      )
      const response = await call('/api/v1/monitors', { method })
      expect(response.status).toBe(504)
      expect(await response.json()).toMatchObject({ error: 'origin_timeout' })
      expect(origin.seen).toHaveLength(1)
    },
  )
})

describe('a request body', () => {
  const kilobyte = () => ({ bodyBytes: 1024 })
  const streamOf = (chunks: number) =>
    new ReadableStream({
      start(controller) {
        for (let i = 0; i < chunks; i++) controller.enqueue(new Uint8Array(256))
        controller.close()
      },
    })

  it('passes at exactly the maximum, whether its length is declared or not', async () => {
    const { origin, call } = await gatewayBefore(undefined, kilobyte)
    await call('/api/v1/monitors', { method: 'POST', body: 'x'.repeat(1024) })
    await call('/api/v1/monitors', { method: 'POST', body: streamOf(4) })
    expect(origin.seen.map(({ body }) => body.length)).toEqual([1024, 1024])
  })

  it('that declares more than the maximum is 413, and no origin is called', async () => {
    const { origin, call } = await gatewayBefore(undefined, kilobyte)
    const headers = { 'content-length': '1025' }
    const response = await call('/api/v1/monitors', {
      method: 'POST',
      body: 'x'.repeat(1025),
      headers,
    })
    expect(response.status).toBe(413)
    expect(await response.json()).toMatchObject({ error: 'payload_too_large' })
    expect(origin.seen).toHaveLength(0)
  })

  it('that turns out to be longer is 413, and the origin never gets all of it', async () => {
    const { origin, call } = await gatewayBefore(undefined, kilobyte)
    const response = await call('/api/v1/monitors', { method: 'POST', body: streamOf(5) })
    expect(response.status).toBe(413)
    expect(origin.seen).toHaveLength(0)
  })
})

describe('in front of the demo origin', () => {
  const demo = async () => {
    const published = await clientOf(shippedGateway()).call('/.well-known/jwks.json')
    expect(published.status).toBe(200)
    const accountId = await seedAccount()
    const key = apiKey((await seedKey(accountId)).key)
    const { call } = clientOf(shippedGateway(unlimited), { ORIGIN: env.DEMO })
    return (path: string, init: RequestInit = {}) => call(path, { headers: key, ...init })
  }

  it('a call through the gateway gets the answer of a direct call', async () => {
    const call = await demo()
    for (const path of [
      '/x/tweets/1',
      '/x/tweets/search?q=a&limit=3',
      '/trends',
      '/x/users/0',
      '/x/tweets/search?limit=x',
    ]) {
      const direct = await env.DEMO.fetch(`https://direct.test/api/v1${path}`)
      const through = await call(`/api/v1${path}`)
      expect(through.status, path).toBe(direct.status)
      expect(await through.text(), path).toBe(await direct.text())
    }
  })

  it('a WebSocket carries messages and the close both ways', async () => {
    const call = await demo()
    const { headers } = { headers: { upgrade: 'websocket' } }
    const accountId = await seedAccount()
    const key = apiKey((await seedKey(accountId)).key)
    const response = await call('/api/v1/events/socket', { headers: { ...key, ...headers } })
    expect(response.status).toBe(101)
    const socket = response.webSocket
    if (socket === null) throw new Error('no socket')
    const messages: unknown[] = []
    const echoed = Promise.withResolvers<void>()
    socket.addEventListener('message', ({ data }) => {
      messages.push(data)
      if (messages.length === 3) echoed.resolve()
    })
    const closed = new Promise<CloseEvent>((resolve) => socket.addEventListener('close', resolve))
    socket.binaryType = 'arraybuffer'
    socket.accept()
    socket.send('hello')
    socket.send(new Uint8Array([1, 2, 3]).buffer)
    await echoed.promise
    expect(messages[1]).toBe('hello')
    expect(messages[2]).toEqual(new Uint8Array([1, 2, 3]).buffer)
    socket.close(4001, 'bye')
    expect((await closed).code).toBe(4001)
  })

  it('a WebSocket without a credential never reaches the origin', async () => {
    const { origin, anonymous } = await gatewayBefore()
    expect(
      (await anonymous('/api/v1/events/socket', { headers: { upgrade: 'websocket' } })).status,
    ).toBe(401)
    expect(origin.seen).toHaveLength(0)
  })
})
