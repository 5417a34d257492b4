/** Store calls: how many a request needs, and what the gateway answers when a store fails. */
import { describe, expect, it } from 'vitest'
import { randomHex } from '../../../src/lib/bytes.ts'
import {
  clientOf,
  env,
  recordingOrigin,
  shippedGateway,
  unlimited,
} from '../../support/worker/gateway.ts'
import {
  apiKey,
  cookie,
  seedAccount,
  seedKey,
  seedSession,
  unknownSession,
} from '../../support/worker/seed.ts'
import { broken, recordingStores } from '../../support/worker/storeBindings.ts'
import { usageOf } from '../../support/worker/usage.ts'

const gateway = { ...shippedGateway(unlimited), unauthenticatedLimits: [] }

/** A new isolate that records its calls of stores, and "ORIGIN" when it calls the origin. */
function recordingIsolate() {
  const { bindings, calls } = recordingStores(env)
  const origin = recordingOrigin(() => {
    calls.push('ORIGIN')
    return Response.json({})
  })
  return { ...clientOf(gateway, { ...bindings, ORIGIN: origin.binding }), calls }
}

const untilOrigin = (calls: string[]) => calls.slice(0, calls.indexOf('ORIGIN'))

describe('a call with a key', () => {
  it('costs one D1 read from the primary when cold, and none before the origin when warm', async () => {
    const { key } = await seedKey(await seedAccount())
    const { call, settled, calls } = recordingIsolate()
    await call('/api/v1/radar', { headers: apiKey(key) })
    const asked = untilOrigin(calls)
    expect(asked).toEqual(['D1 withSession(first-primary)', 'D1 session prepare'])
    await settled()
    for (let i = 0; i < 3; i++) {
      calls.length = 0
      await call('/api/v1/radar', { headers: apiKey(key) })
      expect(untilOrigin(calls)).toEqual([])
    }
    await settled()
  })

  it('never uses the Cache API', async () => {
    const { key } = await seedKey(await seedAccount())
    const put = caches.default.put
    const match = caches.default.match
    const refuse = () => Promise.reject(new Error('the cache was asked'))
    Object.assign(caches.default, { put: refuse, match: refuse })
    try {
      const { call, settled } = recordingIsolate()
      expect((await call('/api/v1/radar', { headers: apiKey(key) })).status).toBe(200)
      await settled()
    } finally {
      Object.assign(caches.default, { put, match })
    }
  })

  it('that was made up costs no read, however often it is sent', async () => {
    const { call, calls } = recordingIsolate()
    for (let i = 0; i < 50; i++) {
      expect((await call('/api/v1/radar', { headers: apiKey(`xq_${randomHex(32)}`) })).status).toBe(
        401,
      )
    }
    expect(calls).toEqual([])
  })

  it('that is revoked is looked up once, and the refusal is leased for a short time', async () => {
    const { key } = await seedKey(await seedAccount(), 'revoked')
    const { call, calls } = recordingIsolate()
    for (let i = 0; i < 10; i++) await call('/api/v1/radar', { headers: apiKey(key) })
    expect(calls.filter((one) => one === 'D1 session prepare')).toHaveLength(1)
  })
})

describe('a call with a session', () => {
  it('costs one KV read and one D1 read when cold, and none before the origin when warm', async () => {
    const token = await seedSession(await seedAccount())
    const { call, settled, calls } = recordingIsolate()
    await call('/api/v1/radar', { headers: cookie(token) })
    expect(untilOrigin(calls)).toEqual([
      'KV get',
      'D1 withSession(first-primary)',
      'D1 session prepare',
    ])
    calls.length = 0
    await call('/api/v1/radar', { headers: cookie(token) })
    expect(untilOrigin(calls)).toEqual([])
    await settled()
  })
})

describe('a store that fails', () => {
  async function refused(response: Response) {
    expect(response.status).toBe(503)
    expect(response.headers.get('retry-after')).toBe('1')
    const text = await response.text()
    expect(JSON.parse(text)).toMatchObject({ error: 'service_unavailable' })
    expect(text).not.toMatch(/D1|KV|10\.0\.0\.7|api_keys/)
  }

  it.each(['fails', 'hangs'] as const)(
    'D1 %s: a call with a cold key is 503 and reaches no origin',
    { timeout: 20_000 },
    async (how) => {
      const { key } = await seedKey(await seedAccount())
      const origin = recordingOrigin()
      const { call } = clientOf(gateway, { ORIGIN: origin.binding, DB: broken<D1Database>(how) })
      await refused(await call('/api/v1/radar', { headers: apiKey(key) }))
      expect(origin.seen).toHaveLength(0)
    },
  )

  it('D1 fails: creating, listing, revoking a key is 503, and nothing is half done', async () => {
    const accountId = await seedAccount()
    const session = cookie(await seedSession(accountId))
    const { id } = await seedKey(accountId)
    let down = false
    const failing = broken<D1Database>('fails')
    const DB = new Proxy(env.DB, { get: (target, name) => bound(down ? failing : target, name) })
    const { call } = clientOf(gateway, { DB })
    expect((await call('/api/v1/api-keys', { headers: session })).status).toBe(200)
    down = true
    await refused(await call('/api/v1/api-keys', { headers: session }))
    await refused(await call('/api/v1/api-keys', { method: 'POST', headers: session }))
    await refused(await call(`/api/v1/api-keys/${id}`, { method: 'DELETE', headers: session }))
    down = false
    const { keys } = await (await call('/api/v1/api-keys', { headers: session })).json<{
      keys: unknown[]
    }>()
    expect(keys).toMatchObject([{ id, isActive: true }])
  })

  it('KV fails: a call with a cold session is 503, and a call with a key still works', async () => {
    const accountId = await seedAccount()
    const origin = recordingOrigin()
    const { call } = clientOf(gateway, {
      ORIGIN: origin.binding,
      SESSIONS: broken<KVNamespace>('fails'),
    })
    await refused(await call('/api/v1/radar', { headers: cookie(await unknownSession()) }))
    expect(origin.seen).toHaveLength(0)
    const { key } = await seedKey(accountId)
    expect((await call('/api/v1/radar', { headers: apiKey(key) })).status).toBe(200)
  })

  it('an object cannot be told of a use: the call goes through, and the count is not lost', async () => {
    const account = await seedAccount()
    const { key, id } = await seedKey(account)
    let fails = true
    const ACCOUNTS = {
      getByName(name: string) {
        if (fails) throw new Error('busy')
        return env.ACCOUNTS.getByName(name)
      },
    }
    const { call, settled } = clientOf(gateway, { ORIGIN: recordingOrigin().binding, ACCOUNTS })
    expect((await call('/api/v1/radar', { headers: apiKey(key) })).status).toBe(200)
    fails = false
    await call('/api/v1/radar', { headers: apiKey(key) })
    await settled()
    await usageOf(account)
    expect(
      await env.DB.prepare('select requests from api_keys where id = ?').bind(id).first(),
    ).toEqual({ requests: 2 })
  })
})

describe('missing secrets', () => {
  it.each([
    { KEY_TAG_SECRET: '' },
    { KEY_TAG_SECRET: 'short' },
    { ASSERTION_KEYS: '' },
    { ASSERTION_KEYS: '[{}]' },
  ])('%o: a call with a key is 500 without details', async (bindings) => {
    const { key } = await seedKey(await seedAccount())
    const origin = recordingOrigin()
    const { call } = clientOf(gateway, { ORIGIN: origin.binding, ...bindings })
    const response = await call('/api/v1/radar', { headers: apiKey(key) })
    expect(response.status).toBe(500)
    expect(await response.json()).toEqual({ error: 'internal_error', message: expect.any(String) })
    expect(origin.seen).toHaveLength(0)
  })
})

function bound(target: object, name: string | symbol): unknown {
  const value: unknown = Reflect.get(target, name)
  return typeof value === 'function' ? value.bind(target) : value
}
