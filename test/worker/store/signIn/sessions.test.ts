/** Dashboard sessions: how they end, sign-out, and writes by cookie. */
import { describe, expect, it } from 'vitest'
import { sha256Hex } from '../../../../src/lib/bytes.ts'
import {
  clientOf,
  env,
  recordingOrigin,
  shippedGateway,
  unlimited,
} from '../../../support/worker/gateway.ts'
import { apiKey, cookie, seedAccount, seedKey, seedSession } from '../../../support/worker/seed.ts'

const origin = recordingOrigin()
const gateway = shippedGateway(unlimited)
const { call, settled } = clientOf(gateway, { ORIGIN: origin.binding })
const DAY = 86_400_000

const trends = (token: string) => call('/api/v1/radar', { headers: cookie(token) })

describe('a session', () => {
  it('is stored under the SHA-256 of its token, and the token itself is not stored', async () => {
    const token = await seedSession(await seedAccount())
    expect((await trends(token)).status).toBe(200)
    expect(await env.SESSIONS.get(await sha256Hex(token))).not.toContain(token)
    expect(await env.SESSIONS.get(token)).toBeNull()
  })

  it.each([
    [
      'idle for longer than the limit',
      { createdAt: Date.now() - 8 * DAY, seenAt: Date.now() - 7 * DAY - 1 },
      401,
    ],
    [
      'used just in time',
      { createdAt: Date.now() - 8 * DAY, seenAt: Date.now() - 7 * DAY + 60_000 },
      200,
    ],
    [
      'older than the limit of any session',
      { createdAt: Date.now() - 30 * DAY - 1, seenAt: Date.now() },
      401,
    ],
  ])('that is %s', async (_, times, status) => {
    const token = await seedSession(await seedAccount(), times)
    expect((await trends(token)).status).toBe(status)
  })

  it('is prolonged by use, with one write however often it is used', async () => {
    const seenAt = Date.now() - 3 * DAY
    const token = await seedSession(await seedAccount(), { createdAt: seenAt, seenAt })
    let writes = 0
    const SESSIONS = new Proxy(env.SESSIONS, {
      get(target, name) {
        if (name === 'put') writes += 1
        const value: unknown = Reflect.get(target, name)
        return typeof value === 'function' ? value.bind(target) : value
      },
    })
    const one = clientOf(gateway, { ORIGIN: origin.binding, SESSIONS })
    for (let i = 0; i < 5; i++) await one.call('/api/v1/radar', { headers: cookie(token) })
    await one.settled()
    expect(writes).toBe(1)
    const record = await env.SESSIONS.get<{ seenAt: number }>(await sha256Hex(token), 'json')
    expect(record?.seenAt).toBeGreaterThan(seenAt)
  })

  it.each(['', 'x', 'a'.repeat(64), 'A'.repeat(64), '../session', `${'a'.repeat(63)}`])(
    'with the token "%s", which is not ours, is 401 without a look-up',
    async (token) => {
      const refusing = { get: () => Promise.reject(new Error('asked')) } as unknown as KVNamespace
      const one = clientOf(gateway, { ORIGIN: origin.binding, SESSIONS: refusing })
      expect((await one.call('/api/v1/radar', { headers: cookie(token) })).status).toBe(401)
    },
  )

  it('is not read from a cookie whose name only resembles the right one', async () => {
    const token = await seedSession(await seedAccount())
    for (const name of ['Session_Token', 'session_token\u00a0', 'xsession_token', '__Host-']) {
      const response = await call('/api/v1/radar', {
        headers: { cookie: `${encodeURI(name)}=${token}` },
      })
      expect(response.status, name).toBe(401)
    }
  })
})

describe('signing out', () => {
  const signOut = (token: string, headers: Record<string, string> = {}) =>
    call('/sign-out', { method: 'POST', headers: { ...cookie(token), ...headers } })

  it('ends the session for the next request, and clears the cookie', async () => {
    const token = await seedSession(await seedAccount())
    expect((await trends(token)).status).toBe(200)
    const response = await signOut(token)
    expect(response.status).toBe(204)
    expect(response.headers.getSetCookie()).toEqual([
      '__Host-session_token=; Path=/; Max-Age=0; HttpOnly; Secure; SameSite=Lax',
      'session_token=; Path=/; Max-Age=0; HttpOnly; Secure; SameSite=Lax',
      'session_token=; Path=/; Domain=xquik.com; Max-Age=0; HttpOnly; Secure; SameSite=Lax',
    ])
    expect((await trends(token)).status).toBe(401)
  })

  it('holds even if KV still returns the session', async () => {
    const token = await seedSession(await seedAccount())
    const hash = await sha256Hex(token)
    const stale = await env.SESSIONS.get(hash)
    await signOut(token)
    await env.SESSIONS.put(hash, stale ?? '')
    const elsewhere = clientOf(gateway, { ORIGIN: origin.binding })
    expect((await elsewhere.call('/api/v1/radar', { headers: cookie(token) })).status).toBe(401)
  })

  it('works even if KV cannot delete the session', async () => {
    const token = await seedSession(await seedAccount())
    const SESSIONS = new Proxy(env.SESSIONS, {
      get(kv, name) {
        if (name === 'delete') return () => Promise.reject(new Error('KV is away'))
        const value: unknown = Reflect.get(kv, name)
        return typeof value === 'function' ? value.bind(kv) : value
      },
    })
    const one = clientOf(gateway, { ORIGIN: origin.binding, SESSIONS })
    const answer = await one.call('/sign-out', { method: 'POST', headers: cookie(token) })
    expect([answer.status, answer.headers.get('set-cookie')]).toEqual([
      204,
      expect.stringContaining('session_token=; Path=/; Max-Age=0'),
    ])
    for (const isolate of [one, clientOf(gateway, { ORIGIN: origin.binding })]) {
      expect((await isolate.call('/api/v1/radar', { headers: cookie(token) })).status).toBe(401)
    }
  })

  it('is refused to another site', async () => {
    const token = await seedSession(await seedAccount())
    expect((await signOut(token, { 'sec-fetch-site': 'cross-site' })).status).toBe(403)
    expect((await trends(token)).status).toBe(200)
  })

  it('costs no store call for made-up tokens, however many cookies there are', async () => {
    const refusing = { batch: () => Promise.reject(new Error('asked')) } as unknown as D1Database
    const one = clientOf(gateway, { DB: refusing })
    const made = { cookie: `session_token=${'a'.repeat(64)}` }
    expect((await one.call('/sign-out', { method: 'POST', headers: made })).status).toBe(204)
    const many = { cookie: Array.from({ length: 700 }, () => made.cookie).join('; ') }
    expect((await one.call('/sign-out', { method: 'POST', headers: many })).status).toBe(204)
  })

  it('twice, or without a session, is no error', async () => {
    const token = await seedSession(await seedAccount())
    for (const one of [token, token, 'nonsense']) expect((await signOut(one)).status).toBe(204)
    expect((await call('/sign-out', { method: 'POST' })).status).toBe(204)
    const { status, headers } = await call('/sign-out')
    expect([status, headers.get('allow')]).toEqual([405, 'POST'])
  })
})

describe('a write by cookie', () => {
  const ours = 'https://xquik.com'
  it.each([
    ['from our own page', { 'sec-fetch-site': 'same-origin', origin: ours }, true],
    ['typed or bookmarked', { 'sec-fetch-site': 'none' }, true],
    ['by curl, which sends neither header', {}, true],
    ['from our page in a browser without Fetch Metadata', { origin: ours }, true],
    ['from another site', { 'sec-fetch-site': 'cross-site', origin: 'https://evil.test' }, false],
    [
      'from a sibling subdomain',
      { 'sec-fetch-site': 'same-site', origin: 'https://a.xquik.com' },
      false,
    ],
    [
      'whose Origin is ours but whose Fetch Metadata is not',
      { 'sec-fetch-site': 'cross-site', origin: ours },
      false,
    ],
    ['with an unknown value of Fetch Metadata', { 'sec-fetch-site': 'whatever' }, false],
    ['from another site, by Origin alone', { origin: 'https://evil.test' }, false],
    ['from a sandboxed frame', { origin: 'null' }, false],
    ['from our host over http', { origin: 'http://xquik.com' }, false],
    ['from our host on another port', { origin: 'https://xquik.com:8443' }, false],
    ['from a look-alike host', { origin: 'https://xquik.com.evil.test' }, false],
  ])('%s: accepted is %s', async (_, headers, accepted) => {
    const token = await seedSession(await seedAccount())
    for (const method of ['POST', 'PUT', 'PATCH', 'DELETE']) {
      origin.seen.length = 0
      const response = await call('/api/v1/monitors', {
        method,
        headers: { ...cookie(token), ...headers },
      })
      expect(response.status, method).toBe(accepted ? 200 : 403)
      expect(origin.seen, method).toHaveLength(accepted ? 1 : 0)
      if (!accepted) expect(await response.json()).toMatchObject({ error: 'cross_site_request' })
    }
    const read = await call('/api/v1/monitors', { headers: { ...cookie(token), ...headers } })
    expect(read.status).toBe(200)
  })

  it('is unlike a write by key, which any site may send', async () => {
    const { key } = await seedKey(await seedAccount())
    const headers = { ...apiKey(key), 'sec-fetch-site': 'cross-site', origin: 'https://evil.test' }
    expect((await call('/api/v1/monitors', { method: 'POST', headers })).status).toBe(200)
  })

  it('as a WebSocket upgrade from another site is refused', async () => {
    const token = await seedSession(await seedAccount())
    origin.seen.length = 0
    const headers = { ...cookie(token), upgrade: 'websocket', 'sec-fetch-site': 'cross-site' }
    expect((await call('/api/v1/events/socket', { headers })).status).toBe(403)
    expect(origin.seen).toHaveLength(0)
    await settled()
  })
})
