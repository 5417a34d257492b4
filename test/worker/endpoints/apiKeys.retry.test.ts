/** Creating a key when an answer is lost, and keys that end by themselves. */
import { afterEach, describe, expect, it, vi } from 'vitest'
import {
  clientOf,
  env,
  recordingOrigin,
  shippedGateway,
  unlimited,
} from '../../support/worker/gateway.ts'
import { pausedRead } from '../../support/worker/pausedRead.ts'
import { apiKey, cookie, seedAccount, seedKey, seedSession } from '../../support/worker/seed.ts'

const origin = recordingOrigin()
const isolate = (bindings = {}) =>
  clientOf(shippedGateway(unlimited), { ORIGIN: origin.binding, ...bindings })
const { call, settled } = isolate()

async function accountWithSession() {
  const accountId = await seedAccount()
  return { accountId, session: cookie(await seedSession(accountId)) }
}

interface Created {
  id: string
  fullKey: string
}

const create = (
  session: Record<string, string>,
  {
    idempotencyKey,
    body = '{}',
    by = call,
  }: {
    idempotencyKey?: string
    body?: string
    by?: typeof call
  } = {},
) =>
  by('/api/v1/api-keys', {
    method: 'POST',
    headers: { ...session, ...(idempotencyKey && { 'idempotency-key': idempotencyKey }) },
    body,
  })

const rowsOf = async (accountId: string) =>
  (
    await env.DB.prepare('select * from api_keys where account_id = ?')
      .bind(accountId)
      .all<{ id: number; revoked_at: number | null; last_used_at: number | null }>()
  ).results

const works = async (key: string) =>
  (await isolate().call('/api/v1/radar', { headers: apiKey(key) })).status === 200

afterEach(() => void vi.useRealTimers())

describe('a retry with the same Idempotency-Key', () => {
  it('gets the very same 201, from any isolate and in parallel, and there is one key', async () => {
    const { accountId, session } = await accountWithSession()
    const body = '{"name":"Production"}'
    const tries = [call, isolate().call, isolate().call].map((by) =>
      create(session, { idempotencyKey: 'one', body, by }),
    )
    const answers = await Promise.all(tries)
    expect(answers.map(({ status }) => status)).toEqual([201, 201, 201])
    const [first, ...others] = await Promise.all(answers.map((answer) => answer.text()))
    expect(others).toEqual([first, first])
    expect(await rowsOf(accountId)).toHaveLength(1)
    expect(await works(JSON.parse(first ?? '').fullKey)).toBe(true)
  })

  it('gets it after the secret was rotated, as long as the old one is still known', async () => {
    const { session } = await accountWithSession()
    const first = await (await create(session, { idempotencyKey: 'one' })).text()
    const rotated = isolate({ KEY_TAG_SECRET: `${'n'.repeat(40)},${env.KEY_TAG_SECRET}` })
    const again = await create(session, { idempotencyKey: 'one', by: rotated.call })
    expect(await again.text()).toBe(first)
  })

  it('gets it at the limit of active keys, where a new key is refused', async () => {
    const { accountId, session } = await accountWithSession()
    for (let i = 0; i < 99; i++) await seedKey(accountId)
    const first = await (await create(session, { idempotencyKey: 'one' })).text()
    expect(await (await create(session, { idempotencyKey: 'one' })).text()).toBe(first)
    expect((await create(session, { idempotencyKey: 'two' })).status).toBe(403)
  })

  it('is 409 once the key was used, at once, and the key stays valid', async () => {
    const { session } = await accountWithSession()
    const created = await (await create(session, { idempotencyKey: 'one' })).json<Created>()
    await call('/api/v1/radar', { headers: apiKey(created.fullKey) })
    for (const by of [call, isolate().call]) {
      const again = await create(session, { idempotencyKey: 'one', by })
      expect(again.status).toBe(409)
      const text = await again.text()
      expect(JSON.parse(text)).toMatchObject({ error: 'already_created', id: created.id })
      expect(text).not.toContain(created.fullKey)
      await settled()
    }
    expect(await works(created.fullKey)).toBe(true)
  })

  it('is 409 after ten minutes, and once the key was revoked', async () => {
    const { accountId, session } = await accountWithSession()
    const { id } = await (await create(session, { idempotencyKey: 'old' })).json<Created>()
    const age = env.DB.prepare('update api_keys set created_at = created_at - ? where id = ?')
    await age.bind(599_000, Number(id)).run()
    expect((await create(session, { idempotencyKey: 'old' })).status).toBe(201)
    await age.bind(1_000, Number(id)).run()
    expect((await create(session, { idempotencyKey: 'old' })).status).toBe(409)
    const other = await (await create(session, { idempotencyKey: 'new' })).json<Created>()
    await call(`/api/v1/api-keys/${other.id}`, { method: 'DELETE', headers: session })
    expect((await create(session, { idempotencyKey: 'new' })).status).toBe(409)
    expect(await rowsOf(accountId)).toHaveLength(2)
  })

  it.each(['{"name":"Other"}', '{"expiresAt":"2999-01-01T00:00:00Z"}'])(
    'is 422 with another body: %s',
    async (body) => {
      const { accountId, session } = await accountWithSession()
      await create(session, { idempotencyKey: 'one', body: '{"name":"Default"}' })
      const again = await create(session, { idempotencyKey: 'one', body })
      expect(again.status).toBe(422)
      expect(await again.json()).toMatchObject({ error: 'idempotency_key_reused' })
      expect(await rowsOf(accountId)).toHaveLength(1)
    },
  )

  it('from another account, or with another Idempotency-Key, gets another key', async () => {
    const [one, other] = [await accountWithSession(), await accountWithSession()]
    const keys = await Promise.all(
      [
        create(one.session, { idempotencyKey: 'one' }),
        create(other.session, { idempotencyKey: 'one' }),
        create(one.session, { idempotencyKey: 'two' }),
        create(one.session),
      ].map(async (answer) => (await (await answer).json<Created>()).fullKey),
    )
    expect(new Set(keys).size).toBe(4)
  })

  it.each(['', 'a b', 'é', 'x'.repeat(256)])('%j is no Idempotency-Key', async (idempotencyKey) => {
    const { accountId, session } = await accountWithSession()
    const headers = new Headers(session)
    headers.set('idempotency-key', idempotencyKey)
    const answer = await call('/api/v1/api-keys', { method: 'POST', headers, body: '{}' })
    expect(answer.status).toBe(400)
    expect(await rowsOf(accountId)).toEqual([])
  })
})

describe('a creation whose answer D1 gives too late', () => {
  /** Fake time stands for the three seconds that the gateway waits for D1. */
  async function lateCreation(session: Record<string, string>, idempotencyKey?: string) {
    const { DB, reading, release } = pausedRead(env.DB, 'insert into "api_keys"')
    const slow = isolate({ DB })
    await slow.call('/api/v1/api-keys', { headers: session }) // the session is leased now
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    const answer = create(session, { by: slow.call, ...(idempotencyKey && { idempotencyKey }) })
    await reading
    await vi.advanceTimersByTimeAsync(3_000)
    vi.useRealTimers()
    const { status } = await answer
    await slow.settled()
    release()
    return status
  }

  it('leaves no active key that nobody has seen', async () => {
    const { accountId, session } = await accountWithSession()
    expect(await lateCreation(session)).toBe(503)
    expect(await rowsOf(accountId)).toMatchObject([{ revoked_at: expect.any(Number) }])
  })

  it('with an Idempotency-Key is found by the retry', async () => {
    const { accountId, session } = await accountWithSession()
    expect(await lateCreation(session, 'one')).toBe(503)
    const again = await create(session, { idempotencyKey: 'one' })
    expect(again.status).toBe(201)
    expect(await works((await again.json<Created>()).fullKey)).toBe(true)
    expect(await rowsOf(accountId)).toHaveLength(1)
  })
})

describe('a key with an end', () => {
  const soon = (ms: number) => new Date(Date.now() + ms).toISOString()

  it('is listed with it, and is dead from then on, also where it is leased', async () => {
    const { session } = await accountWithSession()
    const expiresAt = soon(3_600_000)
    const body = JSON.stringify({ expiresAt })
    const created = await (await create(session, { body })).json<Created>()
    expect(created).toMatchObject({ expiresAt })
    const one = isolate()
    const status = async () =>
      (await one.call('/api/v1/radar', { headers: apiKey(created.fullKey) })).status
    expect(await status()).toBe(200)
    vi.setSystemTime(Date.parse(expiresAt) - 1)
    expect(await status()).toBe(200)
    vi.setSystemTime(Date.parse(expiresAt))
    expect(await status()).toBe(401)
    expect(await works(created.fullKey)).toBe(false)
    const list = await one.call('/api/v1/api-keys', { headers: session })
    expect(await list.json()).toMatchObject({
      keys: [{ id: created.id, isActive: false, expiresAt }],
    })
  })

  it('that has passed leaves room for another key', async () => {
    const { accountId, session } = await accountWithSession()
    for (let i = 0; i < 100; i++) await seedKey(accountId)
    expect((await create(session)).status).toBe(403)
    await env.DB.prepare('update api_keys set expires_at = ? where account_id = ?')
      .bind(Date.now() - 1, accountId)
      .run()
    expect((await create(session)).status).toBe(201)
  })

  it.each([
    ['"2020-01-01T00:00:00Z"', 'in the future'],
    ['"tomorrow"', 'RFC 3339'],
    ['"2999-02-30T00:00:00Z"', 'RFC 3339'],
    ['"2999-01-01"', 'RFC 3339'],
    ['4102444800000', 'expiresAt'],
    ['null', 'expiresAt'],
  ])('expiresAt %s is invalid_input', async (expiresAt, part) => {
    const { accountId, session } = await accountWithSession()
    const answer = await create(session, { body: `{"expiresAt":${expiresAt}}` })
    expect(answer.status).toBe(400)
    const { error, message } = await answer.json<{ error: string; message: string }>()
    expect([error, message]).toEqual(['invalid_input', expect.stringContaining(part)])
    expect(await rowsOf(accountId)).toEqual([])
  })
})

describe('the name of a key', () => {
  it.each([
    ['  Prod  ', 'Prod'],
    ['Üretim anahtarı', 'Üretim anahtarı'],
    ['本番\u3000環境', '本番\u3000環境'],
    ['🔑'.repeat(100), '🔑'.repeat(100)],
  ])('%j is stored as %j', async (name, stored) => {
    const { session } = await accountWithSession()
    const answer = await create(session, { body: JSON.stringify({ name }) })
    expect(await answer.json()).toMatchObject({ name: stored })
  })

  it.each([
    '   ',
    '\u00a0\u3000',
    'a\0b',
    'a\nb',
    'a\tb',
    'a\u007f',
    'a\u202eb',
    'a\u2066b',
    'a\u200bb',
    '\ufeffa',
    'a\u00adb',
    'a\u{e0041}b',
    'a\u2028b',
    'a\u3164b',
    'a\u2800b',
    'a\ud800b',
    '🔑'.repeat(101),
  ])('%j is invalid_input', async (name) => {
    const { accountId, session } = await accountWithSession()
    const answer = await create(session, { body: JSON.stringify({ name }) })
    expect(answer.status).toBe(400)
    const message = expect.stringContaining('"name"')
    expect(await answer.json()).toMatchObject({ error: 'invalid_input', message })
    expect(await rowsOf(accountId)).toEqual([])
  })
})
