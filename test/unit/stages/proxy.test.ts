/** Requests to origins, and origins that fail; proxy.answers.test.ts has the answers. */
import { decodeJwt } from 'jose'
import { describe, expect, it } from 'vitest'
import { parseConfig } from '../../../src/config/defineGateway.ts'
import type { Caller } from '../../../src/credentials/caller.ts'
import { utf8 } from '../../../src/lib/bytes.ts'
import { proxy } from '../../../src/stages/proxy.ts'
import { createIsolate } from '../../../src/store/isolate.ts'
import {
  type CallSetup,
  callOf,
  envWith,
  problemBy,
  routeOf,
  thrownBy,
} from '../../support/worker/calls.ts'
import { recordingOrigin } from '../../support/worker/gateway.ts'
import { PAYER } from '../../support/worker/payments.ts'
import { CHANNELS, METERED, ROUTE, sample } from '../../support/worker/sampleConfig.ts'

const KEY: Caller = { kind: 'api_key', accountId: 'acc_1', keyId: '7' }

/** The end of one route's pipeline before an origin that answers so. */
function proxied(
  row: object = {},
  origin: object = {},
  answer: Parameters<typeof recordingOrigin>[0] = () => new Response('ok'),
) {
  const config = parseConfig(
    sample({
      payments: CHANNELS,
      origins: { api: { service: 'ORIGIN', ...origin } },
      routes: [{ ...ROUTE, route: '* /a/*', ...row }],
    }),
  )
  const route = routeOf(config)
  if (!('origin' in route.target)) throw new Error('no origin')
  const handler = proxy(route, route.target.origin, config, createIsolate(config))
  const recorded = recordingOrigin(answer)
  const env = envWith({ ORIGIN: recorded.binding, SECRET: 's3cret' })
  const call = (path: string, init: RequestInit = {}, setup: CallSetup = {}) =>
    callOf(path, init, { env, route, caller: KEY, ...setup })
  return { handler, call, seen: recorded.seen }
}

/** The request that the origin gets of one call. */
async function seenFor(
  given: ReturnType<typeof proxied>,
  ...call: Parameters<ReturnType<typeof proxied>['call']>
) {
  const made = given.call(...call)
  await given.handler(made)
  const [request] = given.seen
  if (request === undefined || given.seen.length > 1) throw new Error('not asked once')
  return { call: made, ...request }
}

describe('the request', () => {
  it('has the path and query as they came, below the base path or without it', async () => {
    const path = '/api/v1/a/caf%C3%A9?b=%2F&c'
    expect((await seenFor(proxied(), path)).url.href).toBe(`https://origin.internal${path}`)
    const stripped = await seenFor(proxied({}, { basePath: 'strip' }), path)
    expect(stripped.url.href).toBe('https://origin.internal/a/caf%C3%A9?b=%2F&c')
  })

  it('says who calls, in a word that only the gateway can sign', async () => {
    const { headers } = await seenFor(proxied({}, { audience: 'billing' }), '/api/v1/a')
    expect(decodeJwt(headers.get('turnpike-assertion') ?? '')).toMatchObject({
      iss: 'https://gateway.test',
      aud: 'billing',
      kind: 'api_key',
      sub: 'acc_1',
      key_id: '7',
    })
  })

  it('says what was asked of the gateway: its id, host, scheme and address', async () => {
    const headers = { 'cf-connecting-ip': '192.0.2.1' }
    const seen = await seenFor(proxied(), 'https://gateway.test:8443/api/v1/a', { headers })
    expect(Object.fromEntries(seen.headers)).toMatchObject({
      'x-request-id': seen.call.id,
      'x-forwarded-host': 'gateway.test:8443',
      'x-forwarded-proto': 'https',
      'x-forwarded-for': '192.0.2.1',
    })
  })

  it('says that a gateway stands between, behind those that it has passed', async () => {
    expect((await seenFor(proxied(), '/api/v1/a')).headers.get('via')).toBe('1.1 turnpike')
    const init = { headers: { via: '1.0 a' }, cf: { httpProtocol: 'HTTP/2' } }
    const { headers } = await seenFor(proxied(), '/api/v1/a', init)
    expect(headers.get('via')).toBe('1.0 a, 2 turnpike')
  })

  it('says which base path was taken off, and no other prefix', async () => {
    const prefixOf = async (origin: object, path: string) => {
      const headers = { 'x-forwarded-prefix': '/evil' }
      return (await seenFor(proxied({}, origin), path, { headers })).headers.get(
        'x-forwarded-prefix',
      )
    }
    expect(await prefixOf({ basePath: 'strip' }, '/api/v1/a')).toBe('/api/v1')
    expect(await prefixOf({}, '/api/v1/a')).toBeNull()
    expect(await prefixOf({ basePath: 'strip' }, '/b')).toBeNull()
  })

  it('has the secrets that its origin demands, and no credential or word of the caller', async () => {
    const origin = { secretHeaders: { authorization: 'SECRET' }, requestHeaders: ['x-own-*'] }
    const headers = {
      'x-api-key': 'xq_a',
      authorization: 'Bearer abc',
      cookie: 'session_token=abc',
      'turnpike-assertion': 'forged',
      'x-forwarded-for': '6.6.6.6',
      'x-own-a': '1',
      'x-other': '2',
      accept: 'text/html',
    }
    const seen = (await seenFor(proxied({}, origin), '/api/v1/a', { headers })).headers
    expect(seen.get('authorization')).toBe('s3cret')
    expect([seen.get('x-own-a'), seen.get('accept')]).toEqual(['1', 'text/html'])
    for (const name of ['x-api-key', 'cookie', 'x-forwarded-for', 'x-other'])
      expect(seen.get(name), name).toBeNull()
    expect(seen.get('turnpike-assertion')).not.toBe('forged')
  })

  it('has the body as it comes, or as an earlier stage has read it', async () => {
    const init = { method: 'POST', body: 'abc' }
    expect(await seenFor(proxied(), '/api/v1/a', init)).toMatchObject({
      method: 'POST',
      body: 'abc',
    })
    const { handler, call, seen } = proxied()
    const read = call('/api/v1/a', init)
    read.held = { body: utf8('read'), release: () => undefined }
    await handler(read)
    expect(seen[0]?.body).toBe('read')
  })

  it('of a caller who pays by the result asks for an answer that can be counted', async () => {
    const headers = {
      'accept-encoding': 'gzip',
      range: 'bytes=0-1',
      'if-range': '"1"',
      accept: '*/*',
    }
    const payer: Caller = {
      kind: 'payment',
      payer: PAYER,
      challengeId: 'id',
      amount: '1',
      currency: '0x1',
      moved: false,
    }
    const row = { ...METERED, route: 'GET /a' }
    const paid = (await seenFor(proxied(row), '/api/v1/a', { headers }, { caller: payer })).headers
    expect([paid.get('accept-encoding'), paid.get('accept')]).toEqual(['identity', '*/*'])
    expect([paid.has('range'), paid.has('if-range')]).toEqual([false, false])
    const free = (await seenFor(proxied(row), '/api/v1/a', { headers })).headers
    expect([free.get('accept-encoding'), free.get('range')]).toEqual(['gzip', 'bytes=0-1'])
  })
})

describe('no origin is asked', () => {
  it('for a body that is declared larger than the route takes', async () => {
    const { handler, call, seen } = proxied({ body: '2b' })
    const init = { method: 'POST', body: 'abc', headers: { 'content-length': '3' } }
    const made = call('/api/v1/a', init)
    expect(await problemBy(() => handler(made))).toMatchObject({ code: 'payload_too_large' })
    expect(seen).toEqual([])
  })

  it('without a caller', async () => {
    const { handler, call, seen } = proxied()
    const made = call('/api/v1/a')
    made.caller = undefined
    expect(String(await thrownBy(() => handler(made)))).toMatch(/did not run/)
    expect(seen).toEqual([])
  })

  it.each([
    ['its secret', {}, { secretHeaders: { 'x-a': 'NO_SECRET' } }, /NO_SECRET/],
    ['its binding', {}, { service: 'NO_SERVICE' }, /NO_SERVICE/],
  ])('if the origin lacks %s: the operator is told', async (_what, row, origin, sentence) => {
    const { handler, call, seen } = proxied(row, origin)
    expect(String(await thrownBy(() => handler(call('/api/v1/a'))))).toMatch(sentence)
    expect(seen).toEqual([])
  })
})

describe('an origin that fails', () => {
  const failing = () => Promise.reject(new Error('connect ECONNREFUSED'))

  it.each([
    ['GET', 2],
    ['HEAD', 2],
    ['POST', 1],
    ['OPTIONS', 2],
    ['PUT', 2],
    ['DELETE', 2],
    ['PATCH', 1],
  ])('by %s is asked %d times, and then unavailable', async (method, times) => {
    const { handler, call, seen } = proxied({}, {}, failing)
    const problem = await problemBy(() => handler(call('/api/v1/a', { method })))
    expect(problem).toMatchObject({ code: 'origin_unavailable', status: 502 })
    expect(String(problem.cause)).toContain('ECONNREFUSED')
    expect(seen).toHaveLength(times)
  })

  it('once gives the answer of its second try', async () => {
    let tries = 0
    const { handler, call } = proxied({}, {}, () =>
      tries++ === 0 ? failing() : new Response('ok'),
    )
    expect(await handler(call('/api/v1/a'))).toMatchObject({ status: 200 })
  })

  /** An answer that never comes, as on a connection that can be given up. */
  const silent = ({ signal }: Request, begun: () => void = () => undefined) =>
    new Promise<Response>((_, reject) => {
      signal.addEventListener('abort', () => reject(signal.reason))
      begun()
    })

  it('to answer in time is a timeout, and is not asked again', async () => {
    const { handler, call, seen } = proxied({ timeout: '20ms' }, {}, (request) => silent(request))
    const problem = await problemBy(() => handler(call('/api/v1/a')))
    expect(problem).toMatchObject({ code: 'origin_timeout', status: 504 })
    expect(seen).toHaveLength(1)
  })

  it('to answer before its payer leaves is asked no longer', async () => {
    const leaving = new AbortController()
    const { handler, call, seen } = proxied({}, {}, (request) =>
      silent(request, () => leaving.abort()),
    )
    const made = call('/api/v1/a', { signal: leaving.signal }, { payment: 'abc' })
    expect((await problemBy(() => handler(made))).code).toBe('origin_unavailable')
    expect(seen).toHaveLength(1)
  })
})
