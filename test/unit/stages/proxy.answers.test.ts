/** Answers of origins as the caller gets them. */
import { describe, expect, it } from 'vitest'
import { parseConfig } from '../../../src/config/defineGateway.ts'
import type { Caller } from '../../../src/credentials/caller.ts'
import { headerOf, toResponse } from '../../../src/pipeline/answer.ts'
import { proxy } from '../../../src/stages/proxy.ts'
import { createIsolate } from '../../../src/store/isolate.ts'
import { callOf, envWith, problemBy, routeOf, textOf } from '../../support/worker/calls.ts'
import { type Answer as OriginAnswer, recordingOrigin } from '../../support/worker/gateway.ts'
import { ROUTE, sample } from '../../support/worker/sampleConfig.ts'

const KEY: Caller = { kind: 'api_key', accountId: 'acc_1', keyId: '7' }
const ANYONE: Caller = { kind: 'anonymous' }

/** A call's handler and the call, before an origin that answers so. */
function asked(
  answer: OriginAnswer,
  row: object = {},
  init: RequestInit = {},
  caller: Caller = KEY,
  origins: object = { api: { service: 'ORIGIN' } },
) {
  const routes = [{ ...ROUTE, route: '* /a/*', ...row }]
  const config = parseConfig(sample({ origins, routes }))
  const route = routeOf(config)
  if (!('origin' in route.target)) throw new Error('no origin')
  const handler = proxy(route, route.target.origin, config, createIsolate(config))
  const env = envWith({ ORIGIN: recordingOrigin(answer).binding })
  const path = `/${route.segments.join('/').replace('/*', '/b')}`
  const call = callOf(path, init, { env, route, caller })
  return { call, run: () => handler(call) }
}

const answered = (headers: HeadersInit, row: object = {}, caller: Caller = KEY) =>
  asked(() => new Response('body', { headers }), row, {}, caller).run()

const MCP = { route: '* /mcp', root: true, protocol: 'mcp' }

describe('an answer', () => {
  it("comes back as it is, whatever its status, and the log learns the origin's own", async () => {
    const own = () => new Response('teapot', { status: 418, headers: { 'x-a': '1' } })
    const { call, run } = asked(own)
    const answer = await run()
    expect([answer.status, await textOf(answer)]).toEqual([418, 'teapot'])
    expect(headerOf(answer, 'x-a')).toBe('1')
    expect(call.originStatus).toBe(418)
  })

  it('never speaks for the gateway', async () => {
    const answer = await answered({
      'set-cookie': 'session_token=abc',
      'payment-receipt': 'forged',
      'ratelimit-policy': '"read";q=1;w=1',
      'access-control-allow-origin': '*',
      'turnpike-a': '1',
      'www-authenticate': 'Basic realm="gateway"',
      connection: 'x-hop',
      'x-hop': '1',
      'x-kept': '1',
    })
    const { headers } = toResponse(answer, {})
    expect(headers.get('x-kept')).toBe('1')
    const kept = [...headers.keys()].filter((name) =>
      /cookie|payment|ratelimit|access-control|turnpike|authenticate|hop/.test(name),
    )
    expect(kept).toEqual([])
  })

  it.each([
    [{}, 'sandbox'],
    [{ 'content-security-policy': "default-src 'self'" }, "default-src 'self', sandbox"],
  ])('is data, and no page of ours: %j', async (headers, policy) => {
    expect(headerOf(await answered(headers), 'content-security-policy')).toBe(policy)
  })

  it('to a caller who is known is for that caller only', async () => {
    const answer = await answered({ 'cache-control': 'public, max-age=60', vary: 'Accept' })
    expect(headerOf(answer, 'cache-control')).toBe('private, max-age=60')
    expect(headerOf(answer, 'vary')).toBe('Accept, X-API-Key, Authorization, Cookie')
    expect(headerOf(await answered({}), 'cache-control')).toBe('no-store')
  })

  it('to an anonymous caller is cached as the origin says', async () => {
    const headers = { 'cache-control': 'public, max-age=60', vary: 'Accept' }
    const answer = await answered(headers, { auth: ['anonymous'] }, ANYONE)
    expect(headerOf(answer, 'cache-control')).toBe('public, max-age=60')
    expect(headerOf(answer, 'vary')).toBe('Accept')
  })
})

describe('a redirect', () => {
  it.each([
    ['https://origin.internal/api/v1/c?d', '/api/v1/c?d'],
    ['/api/v1/c', '/api/v1/c'],
    ['c', 'c'],
    ['https://other.test/c', 'https://other.test/c'],
    ['//other.test/c', 'https://other.test/c'],
    ['/.//other.test/c', '/other.test/c'],
    ['http://origin.internal:8080/c', '/c'],
    ['http://[bad', 'http://[bad'],
  ])('to %s is one to %s', async (location, own) => {
    const { run } = asked(() => new Response(null, { status: 302, headers: { location } }))
    const answer = await run()
    expect([answer.status, headerOf(answer, 'location')]).toEqual([302, own])
  })

  it('of an origin that gets paths without the base path has that path, once', async () => {
    const origins = { api: { service: 'ORIGIN', basePath: 'strip' } }
    for (const location of ['/c', '/api/v1/c', 'https://origin.internal/c']) {
      const { run } = asked(
        () => new Response(null, { status: 302, headers: { location } }),
        {},
        {},
        KEY,
        origins,
      )
      expect(headerOf(await run(), 'location')).toBe('/api/v1/c')
    }
  })

  it('of an MCP endpoint is no answer: a client takes its token nowhere else', async () => {
    const { run } = asked(
      () => new Response(null, { status: 307, headers: { location: '/c' } }),
      MCP,
    )
    expect(await problemBy(run)).toMatchObject({ code: 'origin_unavailable' })
  })
})

it('the URIs of an answer are those of the gateway', async () => {
  const answer = await answered({
    'content-location': 'https://origin.internal/api/v1/a/1',
    link: '<https://origin.internal/api/v1/a/2>; rel="next"',
    refresh: '5; url=https://origin.internal/api/v1/a/3',
  })
  expect(headerOf(answer, 'content-location')).toBe('/api/v1/a/1')
  expect(headerOf(answer, 'link')).toBe('</api/v1/a/2>; rel="next"')
  expect(headerOf(answer, 'refresh')).toBe('5; url=/api/v1/a/3')
})

it('Connection cannot bring back a header that was rewritten', async () => {
  const answer = await answered({ connection: 'link', link: '<https://origin.internal/>' })
  expect(headerOf(answer, 'link')).toBeNull()
})

it('a page may read the headers that the origin exposes, and only a page that may read at all', async () => {
  const headers = { 'access-control-expose-headers': 'X-Cost', 'x-cost': '1' }
  const page = asked(() => new Response('body', { headers }))
  page.call.responseHeaders['access-control-expose-headers'] = 'ETag'
  const answer = toResponse(await page.run(), page.call.responseHeaders)
  expect(answer.headers.get('access-control-expose-headers')).toBe('ETag, X-Cost')
  const other = asked(() => new Response('body', { headers }))
  const closed = toResponse(await other.run(), other.call.responseHeaders)
  expect(closed.headers.get('access-control-expose-headers')).toBeNull()
})

it('an answer says in Via that a gateway stood between', async () => {
  expect(headerOf(await answered({}), 'via')).toBe('1.1 turnpike')
  expect(headerOf(await answered({ via: '1.1 varnish' }), 'via')).toBe('1.1 varnish, 1.1 turnpike')
})

it('a challenge that an MCP server makes for tokens of its own does not pass', async () => {
  const headers = { 'www-authenticate': 'Bearer realm="mine"' }
  expect(headerOf(await answered(headers, MCP), 'www-authenticate')).toBeNull()
  expect(headerOf(await answered(headers), 'www-authenticate')).toBe('Bearer realm="mine"')
})

describe('a stream of events', () => {
  const silent = () =>
    new Response(new ReadableStream(), { headers: { 'content-type': 'text/event-stream' } })

  it('breaks off when its credential no longer holds', async () => {
    const { call, run } = asked(silent)
    let checks = 0
    const check = () => (++checks < 3 ? null : 'revoked')
    call.watch = () => ({ everyMs: 1, check, stop: () => undefined })
    const answer = await run()
    await expect(textOf(answer)).rejects.toThrow(/revoked/)
    expect(await call.open?.ended).toBe('revoked')
    expect(checks).toBe(3)
  })

  it('of a caller without a credential of ours passes as it comes', async () => {
    const { run } = asked(silent, { auth: ['anonymous'] }, {}, ANYONE)
    const answer = await run()
    expect(answer.body).toBe(answer.from?.body)
  })
})

describe('a web socket', () => {
  const upgrade = { headers: { upgrade: 'websocket' } }
  const accepted = (): Response => {
    const pair = new WebSocketPair()
    pair[1].accept()
    pair[1].addEventListener('message', ({ data }) => pair[1].send(`echo ${data}`))
    const headers = { 'sec-websocket-protocol': 'a', 'set-cookie': 'b=1' }
    return new Response(null, { status: 101, webSocket: pair[0], headers })
  }

  it('is joined to the caller, with its protocol and no other header', async () => {
    const { call, run } = asked(accepted, { route: 'GET /a/*', websocket: true }, upgrade)
    call.watch = () => ({ everyMs: 1_000, check: () => null, stop: () => undefined })
    const { status, headers, webSocket } = await run()
    expect([status, headers]).toEqual([101, { 'sec-websocket-protocol': 'a' }])
    if (webSocket === undefined) throw new Error('no socket')
    const heard = new Promise((resolve) => {
      webSocket.addEventListener('message', ({ data }) => resolve(data))
    })
    webSocket.accept()
    webSocket.send('hello')
    expect(await heard).toBe('echo hello')
    webSocket.close()
  })

  it.each<[what: string, row: object, init: RequestInit]>([
    ['the caller did not ask for', { route: 'GET /a/*', websocket: true }, {}],
    ['the route does not take', {}, upgrade],
  ])('that %s is no answer', async (_what, row, init) => {
    const problem = await problemBy(asked(accepted, row, init).run)
    expect(problem).toMatchObject({ code: 'origin_unavailable', status: 502 })
  })
})
