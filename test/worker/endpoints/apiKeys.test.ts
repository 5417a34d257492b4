/** API keys and the account: creating, listing and revoking keys, their use, and the locale. */
import { describe, expect, it } from 'vitest'
import { sha256Hex } from '../../../src/lib/bytes.ts'
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
const isolate = () => clientOf(shippedGateway(unlimited), { ORIGIN: origin.binding })
const { call, settled } = isolate()

async function accountWithSession() {
  const accountId = await seedAccount()
  return { accountId, session: cookie(await seedSession(accountId)) }
}

const create = (session: Record<string, string>, body?: string) =>
  call('/api/v1/api-keys', {
    method: 'POST',
    headers: session,
    ...(body === undefined ? {} : { body }),
  })

const revoke = (session: Record<string, string>, id: string) =>
  call(`/api/v1/api-keys/${id}`, { method: 'DELETE', headers: session })

async function activeKeys(accountId: string): Promise<number> {
  const row = await env.DB.prepare(
    'select count(*) as n from api_keys where account_id = ? and revoked_at is null',
  )
    .bind(accountId)
    .first<{ n: number }>()
  return row?.n ?? -1
}

describe('creating a key', () => {
  it('answers with the full key once, and stores only its SHA-256', async () => {
    const { accountId, session } = await accountWithSession()
    const response = await create(session, '{"name":"Production"}')
    expect(response.status).toBe(201)
    expect(response.headers.get('cache-control')).toBe('no-store')
    const made = await response.json<Record<string, string>>()
    expect(made).toEqual({
      id: expect.stringMatching(/^[1-9][0-9]{0,17}$/),
      fullKey: expect.stringMatching(/^xq_[0-9a-f]{64}$/),
      prefix: made.fullKey?.slice(0, 8),
      name: 'Production',
      createdAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
    })
    const row = await env.DB.prepare('select * from api_keys where account_id = ?')
      .bind(accountId)
      .first()
    expect(row?.hash).toBe(await sha256Hex(made.fullKey ?? ''))
    expect(JSON.stringify(row)).not.toContain(made.fullKey?.slice(8))
  })

  it('names a key "Default" if the request has no name', async () => {
    const { session } = await accountWithSession()
    for (const body of [undefined, '', '{}', ' \n']) {
      expect(await (await create(session, body)).json()).toMatchObject({ name: 'Default' })
    }
  })

  it('makes a key that works at once, in every isolate', async () => {
    const { session } = await accountWithSession()
    const { fullKey } = await (await create(session)).json<{ fullKey: string }>()
    for (const one of [call, isolate().call]) {
      expect((await one('/api/v1/radar', { headers: apiKey(fullKey) })).status).toBe(200)
    }
  })

  const unknownFields = JSON.stringify(
    Object.fromEntries(Array.from({ length: 1000 }, (_, i) => [`f${i}`, i])),
  )
  it.each([
    ['invalid_json', '{"name":'],
    ['invalid_json', 'name=x'],
    ['invalid_json', new Uint8Array([0x22, 0xff, 0xfe, 0x22])],
    ['invalid_input', '[]'],
    ['invalid_input', 'null'],
    ['invalid_input', '"x"'],
    ['invalid_input', '{"name":""}'],
    ['invalid_input', '{"name":5}'],
    ['invalid_input', '{"name":null}'],
    ['invalid_input', `{"name":"${'x'.repeat(101)}"}`],
    ['invalid_input', '{"name":"x","accountId":"acc_demo"}'],
    ['invalid_input', '{"__proto__":{"name":"x"}}'],
    ['invalid_input', unknownFields],
    ['payload_too_large', `{"name":"${'x'.repeat(10_000_000)}"}`],
  ])('answers with %s and stores nothing (body %#)', async (error, body) => {
    const { accountId, session } = await accountWithSession()
    const response = await call('/api/v1/api-keys', { method: 'POST', headers: session, body })
    expect(response.status).toBe(error === 'payload_too_large' ? 413 : 400)
    expect(await response.json()).toMatchObject({ error, message: expect.any(String) })
    expect(await activeKeys(accountId)).toBe(0)
  })

  it('accepts a name of 100 characters, in any script', async () => {
    const { session } = await accountWithSession()
    const name = 'ş'.repeat(100)
    expect(await (await create(session, JSON.stringify({ name }))).json()).toMatchObject({ name })
  })

  it('never gives an account more than 100 active keys, even for parallel requests', async () => {
    const { accountId, session } = await accountWithSession()
    for (let i = 0; i < 95; i++) await seedKey(accountId)
    const responses = await Promise.all(Array.from({ length: 20 }, () => create(session)))
    const refused = responses.filter((response) => response.status === 403)
    expect(responses.filter((response) => response.status === 201)).toHaveLength(5)
    expect(refused).toHaveLength(15)
    expect(await refused[0]?.json()).toEqual({
      error: 'api_key_limit_reached',
      limit: 100,
      message: expect.any(String),
    })
    expect(await activeKeys(accountId)).toBe(100)
    const [{ id } = { id: '' }] = (
      await env.DB.prepare('select id from api_keys where account_id = ?')
        .bind(accountId)
        .all<{ id: string }>()
    ).results
    await revoke(session, String(id))
    expect((await create(session)).status).toBe(201)
  })
})

describe('listing keys', () => {
  it('shows what tells keys apart, and no secret', async () => {
    const { accountId, session } = await accountWithSession()
    const first = await seedKey(accountId)
    const second = await seedKey(accountId)
    await seedKey(await seedAccount())
    await call('/api/v1/radar', { headers: apiKey(first.key) })
    await settled()
    await revoke(session, second.id)
    const text = await (await call('/api/v1/api-keys', { headers: session })).text()
    expect(JSON.parse(text)).toEqual({
      keys: [
        {
          id: second.id,
          name: 'Test',
          prefix: second.key.slice(0, 8),
          isActive: false,
          createdAt: expect.any(String),
        },
        {
          id: first.id,
          name: 'Test',
          prefix: first.key.slice(0, 8),
          isActive: true,
          createdAt: expect.any(String),
          lastUsedAt: expect.any(String),
        },
      ],
    })
    for (const secret of [first.key.slice(8), first.hash, second.hash])
      expect(text).not.toContain(secret)
  })
})

describe('revoking a key', () => {
  it('ends the key before DELETE has answered, for good', async () => {
    const { accountId, session } = await accountWithSession()
    const { key, id } = await seedKey(accountId)
    expect((await call('/api/v1/radar', { headers: apiKey(key) })).status).toBe(200)
    const response = await revoke(session, id)
    expect(response.status).toBe(200)
    expect(await response.json()).toEqual({ success: true })
    origin.seen.length = 0
    expect((await call('/api/v1/radar', { headers: apiKey(key) })).status).toBe(401)
    expect(origin.seen).toHaveLength(0)
    expect((await revoke(session, id)).status).toBe(404)
  })

  it('holds against a read that began before the revocation and answers after it', async () => {
    const { accountId, session } = await accountWithSession()
    const { key, id } = await seedKey(accountId)
    const { DB, reading, release } = pausedRead(env.DB, 'inner join')
    const { call } = clientOf(shippedGateway(unlimited), { ORIGIN: origin.binding, DB })
    const racer = call('/api/v1/radar', { headers: apiKey(key) })
    await reading // D1 has said "valid"; the isolate does not know it yet
    const headers = session
    expect((await call(`/api/v1/api-keys/${id}`, { method: 'DELETE', headers })).status).toBe(200)
    release()
    expect((await racer).status).toBe(401)
    expect((await call('/api/v1/radar', { headers: apiKey(key) })).status).toBe(401)
  })

  it.each(['0', '1e9', '-1', '01', '1.0', '%31', '9999999999999999999', 'abc', 'null', '0x10'])(
    'id %s is invalid_id',
    async (id) => {
      const { session } = await accountWithSession()
      const response = await revoke(session, id)
      expect(response.status).toBe(400)
      expect(await response.json()).toMatchObject({
        error: id === '%31' ? 'invalid_path' : 'invalid_id',
      })
    },
  )

  it.each(['999999999999999999', '123456789'])('id %s, which no key has, is 404', async (id) => {
    const { session } = await accountWithSession()
    const response = await revoke(session, id)
    expect(response.status).toBe(404)
    expect(await response.json()).toMatchObject({ error: 'not_found' })
  })

  it("is 404 for another account's key, like for an unknown id, and leaves the key valid", async () => {
    const { session } = await accountWithSession()
    const { key, id } = await seedKey(await seedAccount())
    expect((await revoke(session, id)).status).toBe(404)
    expect((await call('/api/v1/radar', { headers: apiKey(key) })).status).toBe(200)
  })
})

describe('the use of a key', () => {
  it('is counted for the key and the account, and written after the answer', async () => {
    const accountId = await seedAccount()
    const { key, id } = await seedKey(accountId)
    const { key: other } = await seedKey(accountId)
    for (const one of [key, key, other]) await call('/api/v1/radar', { headers: apiKey(one) })
    await settled()
    const account = await (await call('/api/v1/account', { headers: apiKey(key) })).json()
    expect(account).toEqual({
      from: 'origin',
      plan: 'active',
      locale: 'en',
      usage: {
        key: { id, requests: 2, lastHour: 2, lastUsedAt: expect.any(String) },
        account: { requests: 3, lastHour: 3, activeKeys: 2, apiKeyLimit: 100 },
      },
    })
  })

  it('is not counted when the key is refused', async () => {
    const accountId = await seedAccount()
    const { key, id } = await seedKey(accountId, 'revoked')
    await call('/api/v1/radar', { headers: apiKey(key) })
    await settled()
    expect(
      await env.DB.prepare('select requests, last_used_at from api_keys where id = ?')
        .bind(id)
        .first(),
    ).toEqual({
      requests: 0,
      last_used_at: null,
    })
  })
})

describe('the account', () => {
  it.each(['en', 'tr', 'es'])('accepts the locale %s, by key and by session', async (locale) => {
    const accountId = await seedAccount()
    const key = apiKey((await seedKey(accountId)).key)
    for (const headers of [key, cookie(await seedSession(accountId))]) {
      const response = await call('/api/v1/account', {
        method: 'PATCH',
        headers,
        body: JSON.stringify({ locale }),
      })
      expect(await response.json()).toEqual({ success: true })
    }
    expect(await (await call('/api/v1/account', { headers: key })).json()).toMatchObject({ locale })
  })

  it.each([
    '{}',
    '{"locale":"de"}',
    '{"locale":"en","plan":"active"}',
    '{"plan":"inactive"}',
    '[]',
    '',
  ])('refuses %s and changes nothing', async (body) => {
    const accountId = await seedAccount()
    const headers = apiKey((await seedKey(accountId)).key)
    const response = await call('/api/v1/account', { method: 'PATCH', headers, body })
    expect(response.status).toBe(400)
    expect(await response.json()).toMatchObject({ error: 'invalid_input' })
    expect(await (await call('/api/v1/account', { headers })).json()).toMatchObject({
      locale: 'en',
      plan: 'active',
    })
  })

  it('that is disabled has no valid key and no valid session', async () => {
    const { accountId, session } = await accountWithSession()
    const { key } = await seedKey(accountId)
    await env.DB.prepare('update accounts set disabled_at = 1 where id = ?').bind(accountId).run()
    for (const headers of [apiKey(key), session]) {
      expect((await call('/api/v1/radar', { headers })).status).toBe(401)
    }
  })
})
