/** `GET /health`: up or down for anybody, each part for the operator, and nothing that costs. */
import { afterEach, describe, expect, it, vi } from 'vitest'
import type { Config } from '../../../src/config/config.ts'
import type { ChainFaults, ChainIds } from '../../../src/contract/health.ts'
import { clientOf, env, shippedGateway } from '../../support/worker/gateway.ts'
import { broken, recordingStores } from '../../support/worker/storeBindings.ts'

const HEALTH_SECRET = 'c0ffee00'.repeat(4)
const operator = { authorization: `Bearer ${HEALTH_SECRET}` }

/** The binding of a class whose objects all do the same. */
const objects = (object: object) => ({ getByName: () => object })
const payments = (askChains: (chains: ChainIds) => Promise<ChainFaults>) => ({
  CHARGES: objects({ askChains }),
})
const silent = () => new Promise<never>(() => undefined)

/** A new isolate whose chains answer. */
const isolate = (bindings: Record<string, unknown> = {}, config: Config = shippedGateway()) =>
  clientOf(config, { HEALTH_SECRET, ...payments(async () => ({ tempo: null })), ...bindings })

/** Asks as the operator. Parts are said by their status, and those that fail by their error. */
async function parts(bindings: Record<string, unknown> = {}, config?: Config) {
  const answer = await isolate(bindings, config).call('/health', { headers: operator })
  const body = await answer.json<{
    status: string
    parts: Record<string, { status: string; ms?: number; error?: string }>
  }>()
  const said = Object.entries(body.parts).map(([name, part]) => {
    if (part.status !== 'unknown') expect(part.ms).toBeTypeOf('number')
    return [name, part.error ?? part.status]
  })
  return { code: answer.status, status: body.status, parts: Object.fromEntries(said) }
}

const OK = { d1: 'ok', kv: 'ok', accounts: 'ok', payments: 'ok', tempo: 'ok' }

afterEach(() => vi.useRealTimers())

describe('the operator', () => {
  it('sees each part', async () => {
    expect(await parts()).toEqual({ code: 200, status: 'ok', parts: OK })
  })

  it('is told of no payments where nothing has a price', async () => {
    const config = shippedGateway(() => ({ price: null }))
    const { d1, kv, accounts } = OK
    expect((await parts({}, config)).parts).toEqual({ d1, kv, accounts })
  })

  it.each<[what: string, bindings: Record<string, unknown>, wrong: Record<string, string>]>([
    [
      'D1',
      { DB: broken('fails') },
      { d1: 'Error: D1_ERROR: table api_keys at 10.0.0.7 is on fire' },
    ],
    [
      'KV',
      { SESSIONS: broken('fails') },
      { kv: 'Error: D1_ERROR: table api_keys at 10.0.0.7 is on fire' },
    ],
    [
      'the objects of accounts',
      { ACCOUNTS: objects({ now: () => Promise.reject(new Error('overloaded')) }) },
      { accounts: 'Error: overloaded' },
    ],
    [
      'objects that are not bound',
      { ACCOUNTS: undefined },
      { accounts: "TypeError: Cannot read properties of undefined (reading 'getByName')" },
    ],
    [
      'the payments Worker',
      payments(() => Promise.reject(new Error('overloaded'))),
      { payments: 'Error: overloaded', tempo: 'unknown' },
    ],
    [
      'the chain',
      payments(async () => ({ tempo: 'the node of RPC_URL does not answer' })),
      { tempo: 'the node of RPC_URL does not answer' },
    ],
  ])('is told which part fails: %s', async (_, bindings, wrong) => {
    expect(await parts(bindings)).toEqual({ code: 503, status: 'down', parts: { ...OK, ...wrong } })
  })

  it('is told of D1 without migrations', async () => {
    const prepare = () => env.DB.prepare('select id from no_such_table limit 1')
    const { code, parts: said } = await parts({ DB: { withSession: () => ({ prepare }) } })
    expect([code, said.d1]).toEqual([503, expect.stringContaining('no such table')])
  })

  it.each<[what: string, bindings: Record<string, unknown>, wrong: Record<string, string>]>([
    ['D1', { DB: broken('hangs') }, { d1: 'Error: no answer within 3000 ms' }],
    ['KV', { SESSIONS: broken('hangs') }, { kv: 'Error: no answer within 3000 ms' }],
    [
      'objects',
      { ACCOUNTS: objects({ now: silent }) },
      { accounts: 'Error: no answer within 3000 ms' },
    ],
    [
      'payments',
      payments(silent),
      { payments: 'Error: no answer within 5000 ms', tempo: 'unknown' },
    ],
  ])('gets an answer although a part is silent: %s', async (_, bindings, wrong) => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'Date'] })
    const answer = parts(bindings)
    await vi.advanceTimersByTimeAsync(10_000)
    expect(await answer).toEqual({ code: 503, status: 'down', parts: { ...OK, ...wrong } })
  })

  it('proves it with any value of the secret, and with nothing else', async () => {
    const second = 'f00dfeed'.repeat(4)
    const { call } = isolate({ HEALTH_SECRET_2: second })
    const asks = (authorization: string) => call('/health', { headers: { authorization } })
    for (const good of [HEALTH_SECRET, second])
      expect(await (await asks(`bearer ${good}`)).json()).toMatchObject({ parts: { d1: {} } })
    for (const bad of [
      'Bearer',
      `Basic ${HEALTH_SECRET}`,
      `Bearer ${HEALTH_SECRET}0`,
      `Bearer ${HEALTH_SECRET}, Bearer ${HEALTH_SECRET}`,
      `Bearer ${HEALTH_SECRET.toUpperCase()}`,
      '',
    ]) {
      const answer = await asks(bad)
      expect([answer.status, await answer.json()]).toEqual([
        401,
        { error: 'unauthenticated', message: expect.stringContaining('HEALTH_SECRET') },
      ])
    }
  })

  it('is nobody where no secret is set, and a short one is refused', async () => {
    const asks = (bindings: Record<string, unknown>, secret: string) =>
      isolate(bindings).call('/health', { headers: { authorization: `Bearer ${secret}` } })
    expect((await asks({ HEALTH_SECRET: undefined }, '')).status).toBe(401)
    expect((await asks({ HEALTH_SECRET: '' }, HEALTH_SECRET)).status).toBe(401)
    expect((await asks({ HEALTH_SECRET: 'short' }, 'short')).status).toBe(500)
  })
})

describe('anybody else', () => {
  it.each([
    ['ok', {}, 200, '{"status":"ok"}'],
    ['down without D1', { DB: broken('fails') }, 503, '{"status":"down"}'],
    [
      'ok without all other parts',
      { SESSIONS: broken('fails'), ACCOUNTS: undefined, CHARGES: undefined },
      200,
      '{"status":"ok"}',
    ],
  ])('is told up or down alone: %s', async (_, bindings, status, body) => {
    const answer = await isolate(bindings).call('/health')
    expect([answer.status, await answer.text()]).toEqual([status, body])
    expect(answer.headers.get('cache-control')).toBe('no-store')
  })

  it('costs one read of D1 in five seconds, however many ask, and no other store', async () => {
    vi.useFakeTimers({ toFake: ['Date'] })
    const { bindings, calls } = recordingStores(env)
    const { call, settled } = isolate({ ...bindings, ACCOUNTS: undefined, CHARGES: undefined })
    const ask = (i: number) => call('/health', { headers: { 'cf-connecting-ip': `192.0.2.${i}` } })
    const read = ['D1 withSession(first-primary)', 'D1 session prepare']
    await Promise.all(Array.from({ length: 20 }, (_, i) => ask(i)))
    expect(calls).toEqual(read)
    vi.advanceTimersByTime(4_999)
    await ask(21)
    expect(calls).toEqual(read)
    vi.advanceTimersByTime(2)
    await ask(22)
    expect(calls).toEqual([...read, ...read])
    await settled()
  })

  it('asks a silent D1 once, however many wait', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'Date'] })
    const asked = vi.fn(silent)
    const session = { prepare: () => ({ first: asked }) }
    const { call } = isolate({ DB: { withSession: () => session } })
    const answers = Promise.all(
      Array.from({ length: 20 }, (_, i) =>
        call('/health', { headers: { 'cf-connecting-ip': `192.0.2.${i}` } }),
      ),
    )
    await vi.advanceTimersByTimeAsync(3_000)
    expect((await answers).map(({ status }) => status)).toEqual(Array(20).fill(503))
    expect(asked).toHaveBeenCalledOnce()
  })

  it('is counted by address, which does not count against the operator', async () => {
    const { call } = isolate()
    for (let i = 0; i < 60; i++) expect((await call('/health')).status).toBe(200)
    const refused = await call('/health')
    expect([refused.status, await refused.json()]).toEqual([
      429,
      expect.objectContaining({ error: 'rate_limit_exceeded', retryAfter: expect.any(Number) }),
    ])
    expect((await call('/health', { headers: operator })).status).toBe(200)
    const other = await call('/health', { headers: { 'cf-connecting-ip': '192.0.2.2' } })
    expect(other.status).toBe(200)
  })

  it('guesses no secret: wrong ones are counted as wrong credentials are', async () => {
    const config = shippedGateway()
    const limits = [{ name: 'address', count: 3, windowMs: 60_000 }]
    const { call } = isolate({}, { ...config, unauthenticatedLimits: limits })
    const guess = async (secret: string) =>
      (await call('/health', { headers: { authorization: `Bearer ${secret}` } })).status
    const answers = [await guess('a'), await guess('b'), await guess('c'), await guess('d')]
    expect([...answers, await guess(HEALTH_SECRET)]).toEqual([401, 401, 401, 429, 429])
  })
})
