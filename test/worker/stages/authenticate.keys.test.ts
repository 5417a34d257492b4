/** The answer to a developer whose key is not taken, by a whole gateway. */
import { describe, expect, it } from 'vitest'
import { parseConfig } from '../../../src/config/defineGateway.ts'
import { sha256Hex } from '../../../src/lib/bytes.ts'
import { faultyStores } from '../../support/worker/faultyStores.ts'
import {
  clientOf,
  env,
  recordingOrigin,
  shippedGateway,
  unlimited,
} from '../../support/worker/gateway.ts'
import { sample } from '../../support/worker/sampleConfig.ts'
import {
  apiKey,
  bearer,
  cookie,
  seedAccount,
  seedKey,
  seedSession,
} from '../../support/worker/seed.ts'

const origin = recordingOrigin()
const gateway = { ...shippedGateway(unlimited), unauthenticatedLimits: [] }
const { call } = clientOf(gateway, { ORIGIN: origin.binding })
const accountId = await seedAccount()
const { key } = await seedKey(accountId)

async function refusal(path: string, headers: Record<string, string>, method = 'GET') {
  const response = await call(path, { method, headers })
  expect(response.status).toBe(401)
  const { message, error } = await response.json<{ message?: string; error: { message: string } }>()
  return {
    message: message ?? error.message,
    challenge: response.headers.get('www-authenticate') ?? '',
  }
}

describe('at the MCP endpoint a key that is no good opens no browser', () => {
  const hex = key.slice(3)
  it.each([
    bearer(`xq_${hex.slice(0, 40)}`),
    bearer(`"${key}"`),
    bearer(key.toUpperCase()),
    bearer(`${key.slice(0, -1)}${key.endsWith('0') ? '1' : '0'}`),
    { authorization: key },
    { authorization: `ApiKey ${key}` },
    { authorization: `Basic ${btoa(`${key}:`)}` },
    { 'api-key': key },
    apiKey('YOUR_API_KEY'),
  ])('%#', async (headers) => {
    const { message, challenge } = await refusal('/mcp', headers, 'POST')
    expect(challenge).toBe('ApiKey realm="xquik.com", header="x-api-key"')
    expect(message).not.toContain(hex.slice(0, 12))
  })
})

it('the sentence names the field that the key came in', async () => {
  const cut = key.slice(0, 30)
  expect((await refusal('/api/v1/radar', apiKey(cut))).message).toContain('x-api-key is cut')
  const alias = await refusal('/api/v1/radar', { 'xquik-api-key': cut })
  expect(alias.message).toContain('xquik-api-key is cut')
  const token = await refusal('/api/v1/radar', bearer(cut))
  expect(token.message).toContain('Authorization: Bearer is cut')
})

it('a key in a header that is not read never makes its owner pay, also beside a payment', async () => {
  for (const more of [{}, { authorization: 'Payment abc' }]) {
    const { message, challenge } = await refusal('/api/v1/trends', { x_api_key: key, ...more })
    expect(message).toContain('"x_api_key"')
    expect(challenge).not.toContain('Payment')
  }
})

it('a route for sessions alone names the session, and not a key', async () => {
  for (const headers of [{}, apiKey(key), bearer(key)]) {
    const { message, challenge } = await refusal('/api/v1/api-keys', headers)
    expect(challenge).toBe('Session realm="xquik.com", cookie="session_token"')
    expect(message).toContain('session of a signed-in person')
  }
})

describe('POST /guest-wallets', () => {
  const make = (client: typeof call, headers: Record<string, string> = {}) =>
    client('/api/v1/guest-wallets', { method: 'POST', headers, body: '{}' })

  it('needs no credential, and is limited by the address to 10 in 60 s', async () => {
    const limited = clientOf(shippedGateway(), { ORIGIN: origin.binding })
    const statuses = []
    for (let i = 0; i < 11; i++) statuses.push((await make(limited.call)).status)
    expect(statuses).toEqual([...Array(10).fill(200), 429])
    const elsewhere = await make(limited.call, { 'cf-connecting-ip': '192.0.2.77' })
    expect(elsewhere.status).toBe(200)
  })

  it('takes a good key or session, and refuses a bad one', async () => {
    for (const headers of [apiKey(key), cookie(await seedSession(accountId))])
      expect((await make(call, headers)).status).toBe(200)
    for (const headers of [apiKey('xq_typo'), cookie('abc'), bearer('abc')])
      expect((await make(call, headers)).status).toBe(401)
  })

  it('is the only call below it that needs none', async () => {
    await refusal('/api/v1/guest-wallets', {})
    await refusal('/api/v1/guest-wallets/1/topups', {}, 'POST')
  })

  it('passes the version of the contract to the origin', async () => {
    origin.seen.length = 0
    await make(call, { 'xquik-api-contract': '2026-04-29' })
    expect(origin.seen[0]?.headers.get('xquik-api-contract')).toBe('2026-04-29')
  })
})

describe('an imported key', () => {
  const imported = [{ prefix: 'sk_live_', pattern: '[A-Za-z0-9]{24}' }]
  const routes = [{ route: 'GET /a', auth: ['api_key'], origin: 'api' }]
  const config = parseConfig(
    sample({
      apiKeys: { prefix: 'xq_', limit: 100, imported },
      addressLimits: { unauthenticated: '2/60s' },
      origins: { api: { service: 'ORIGIN' } },
      routes,
    }),
  )
  const client = () => clientOf(config, { ORIGIN: origin.binding })
  /** The same, with the number of questions that the stores are asked. None of them fails. */
  const counting = () => {
    const { bindings, asked } = faultyStores(env, 'refused', Number.POSITIVE_INFINITY)
    return { ...clientOf(config, { ORIGIN: origin.binding, ...bindings }), reads: asked }
  }
  const url = 'https://gateway.test/api/v1/a'

  async function importKey(value: string) {
    await env.DB.prepare(
      `insert into api_keys (account_id, name, prefix, hash, created_at) values (?, 'Old', ?, ?, 1)`,
    )
      .bind(accountId, value.slice(0, 8), await sha256Hex(value))
      .run()
    return value
  }

  it('is a key wherever one is read, and nowhere where none is', async () => {
    const old = await importKey(`sk_live_${'Ab3'.repeat(8)}`)
    const { call: ask } = client()
    for (const headers of [apiKey(old), bearer(old)])
      expect((await ask(url, { headers })).status).toBe(200)
    expect((await ask(`${url}?token=${old}`, { headers: apiKey(old) })).status).toBe(401)
    expect((await ask(url, { headers: { 'api-key': old } })).status).toBe(401)
  })

  it('is not taken by a gateway whose config does not name its form', async () => {
    const old = await importKey(`sk_live_${'Cd4'.repeat(8)}`)
    await refusal('/api/v1/radar', apiKey(old))
  })

  it('that is not leased is looked up once for all who call at once, and not again', async () => {
    const old = await importKey(`sk_live_${'Gh6'.repeat(8)}`)
    const { call: ask, reads } = counting()
    const calls = [1, 2].map(() => ask(url, { headers: apiKey(old) }))
    for (const { status } of await Promise.all(calls)) expect(status).toBe(200)
    const before = reads()
    const warm = Array.from({ length: 5 }, () => ask(url, { headers: apiKey(old) }))
    for (const { status } of await Promise.all(warm)) expect(status).toBe(200)
    expect([before, reads()]).toEqual([1, 1])
  })

  it('of many that were made up and come at once, no more are looked up than may be refused', async () => {
    const { call: ask, reads } = counting()
    const guesses = Array.from({ length: 30 }, (_, n) =>
      ask(url, { headers: apiKey(`sk_live_${String(n).padStart(24, 'x')}`) }),
    )
    const statuses = (await Promise.all(guesses)).map(({ status }) => status)
    expect(statuses.filter((status) => status === 401)).toHaveLength(2)
    expect(statuses.filter((status) => status === 429)).toHaveLength(28)
    expect(reads()).toBe(2)
  })

  it('that was made up is not looked up for an address with many refusals', async () => {
    const known = await importKey(`sk_live_${'Ef5'.repeat(8)}`)
    const { call: ask } = client()
    const guess = (n: number) =>
      ask(url, { headers: apiKey(`sk_live_${String(n).padStart(24, '0')}`) })
    expect([(await guess(1)).status, (await guess(2)).status]).toEqual([401, 401])
    expect((await guess(3)).status).toBe(429)
    expect((await ask(url, { headers: apiKey(known) })).status).toBe(429)
    const elsewhere = { ...apiKey(known), 'cf-connecting-ip': '192.0.2.77' }
    expect((await ask(url, { headers: elsewhere })).status).toBe(200)
  })
})
