/** Rate limits of routes; test/worker/stages/rateLimit.test.ts has the shipped limits. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { Config } from '../../../src/config/config.ts'
import { parseConfig } from '../../../src/config/defineGateway.ts'
import type { Caller } from '../../../src/credentials/caller.ts'
import { json } from '../../../src/pipeline/answer.ts'
import { rateLimit } from '../../../src/stages/rateLimit.ts'
import { createIsolate } from '../../../src/store/isolate.ts'
import {
  callOf,
  failingNext,
  problemBy,
  recordingNext,
  routeOf,
  thrownBy,
} from '../../support/worker/calls.ts'
import { PAYMENTS, PRICED, ROUTE, sample } from '../../support/worker/sampleConfig.ts'

const KEY: Caller = { kind: 'api_key', accountId: 'acc_1', keyId: '1' }
const EACH_ONCE = { read: '1/1s', write: '1/1s', delete: '1/1s' }
const ANYONE: Caller = { kind: 'anonymous' }

const config = (changes: object = {}) =>
  parseConfig(
    sample({
      tiers: { read: '2/1s', write: '1/60s', delete: 'unlimited' },
      routes: [{ ...ROUTE, route: '* /a', ...changes }],
    }),
  )

/** A stage in a new isolate, and a call that it has let pass or not. */
function stageOf(given: Config = config()) {
  const stage = rateLimit(routeOf(given), createIsolate(given))
  return (caller: Caller, init: RequestInit = {}) => {
    const call = callOf('/api/v1/a', init, { caller })
    const answer = json({})
    const { next, seen } = recordingNext(() => answer)
    return { call, answer, seen, run: () => stage(next)(call) }
  }
}

/** Expects that a call passes, and at once. */
function passes({ call, answer, seen, run }: ReturnType<ReturnType<typeof stageOf>>) {
  expect(run()).toBe(answer)
  expect(seen).toEqual([call])
  return call.responseHeaders
}

/** Expects that a call is refused, and returns the Problem. */
async function refused({ call, seen, run }: ReturnType<ReturnType<typeof stageOf>>) {
  const problem = await problemBy(run)
  expect(problem).toMatchObject({ code: 'rate_limit_exceeded', status: 429 })
  expect(seen).toEqual([])
  expect(call.responseHeaders, 'the Problem says it').toEqual({})
  return problem
}

beforeEach(() => void vi.useFakeTimers({ toFake: ['Date'], now: 0 }))
afterEach(() => void vi.useRealTimers())

describe('a call within its limits', () => {
  it('goes on, and its answer will say what is left', () => {
    const callBy = stageOf()
    expect(passes(callBy(KEY))).toEqual({
      'ratelimit-policy': '"read";q=2;w=1',
      ratelimit: '"read";r=1;t=1',
    })
    expect(passes(callBy(KEY)).ratelimit).toBe('"read";r=0;t=1')
  })

  it('is counted by its method', () => {
    const callBy = stageOf()
    passes(callBy(KEY, { method: 'POST' }))
    expect(passes(callBy(KEY)).ratelimit).toBe('"read";r=1;t=1')
  })

  it('without limits goes on, and nothing is said', () => {
    const callBy = stageOf()
    for (let n = 0; n < 5; n++) expect(passes(callBy(KEY, { method: 'DELETE' }))).toEqual({})
  })

  it('counts though what comes after it fails', async () => {
    const given = config({ limits: ['1/60s'], tier: 'delete' })
    const stage = rateLimit(routeOf(given), createIsolate(given))
    const error = new Error('no')
    const run = () => stage(failingNext(error).next)(callOf('/api/v1/a', {}, { caller: KEY }))
    expect(await thrownBy(run)).toBe(error)
    expect((await problemBy(run)).code).toBe('rate_limit_exceeded')
  })
})

describe('a call beyond a limit', () => {
  it('is refused, told when to come back, and passes then', async () => {
    const callBy = stageOf()
    passes(callBy(KEY))
    vi.setSystemTime(400)
    passes(callBy(KEY))
    const { headers, fields } = await refused(callBy(KEY))
    expect(headers).toMatchObject({ 'retry-after': '1', ratelimit: '"read";r=0;t=1' })
    expect(fields).toEqual({ retryAfter: 1 })
    vi.setSystemTime(999)
    await refused(callBy(KEY))
    vi.setSystemTime(1_000)
    passes(callBy(KEY))
  })

  it('of the route takes nothing from the tier', async () => {
    const callBy = stageOf(config({ limits: ['1/60s'] }))
    passes(callBy(KEY))
    for (let n = 0; n < 5; n++) await refused(callBy(KEY))
    vi.setSystemTime(60_000)
    expect(passes(callBy(KEY)).ratelimit).toMatch(/^"read";r=1;t=1, /)
  })
})

describe('limits', () => {
  it('are those of an account, whatever credential of it calls', async () => {
    const callBy = stageOf()
    passes(callBy(KEY))
    passes(callBy({ kind: 'session', accountId: 'acc_1', sessionId: 'ses_1' }))
    await refused(callBy({ ...KEY, keyId: '2' }))
    passes(callBy({ ...KEY, accountId: 'acc_2' }))
  })

  it('are those of an address for anonymous calls', async () => {
    const callBy = stageOf(config({ auth: ['anonymous'] }))
    const from = (address: string) => ({ headers: { 'cf-connecting-ip': address } })
    passes(callBy(ANYONE, from('2001:db8::1')))
    passes(callBy(ANYONE, from('2001:db8::2')))
    await refused(callBy(ANYONE, from('2001:db8::3')))
    passes(callBy(ANYONE, from('192.0.2.1')))
  })

  it('of a route with a price do not count anonymous calls: the paywall does', async () => {
    const sold = { ...PRICED, route: 'GET /a' }
    const given = parseConfig(
      sample({ tiers: EACH_ONCE, payments: PAYMENTS, routes: [{ ...ROUTE, ...sold }] }),
    )
    const callBy = stageOf(given)
    for (let n = 0; n < 5; n++) expect(passes(callBy(ANYONE))).toEqual({})
    passes(callBy(KEY))
    await refused(callBy(KEY))
  })

  it('are those of one isolate, shared by its routes', async () => {
    const given = parseConfig(
      sample({
        tiers: EACH_ONCE,
        routes: [ROUTE, { ...ROUTE, route: 'GET /b' }],
      }),
    )
    const isolate = createIsolate(given)
    const call = () => callOf('/api/v1/a', {}, { caller: KEY })
    const { next } = recordingNext()
    rateLimit(routeOf(given, 'GET /a'), isolate)(next)(call())
    const run = () => rateLimit(routeOf(given, 'GET /b'), isolate)(next)(call())
    expect((await problemBy(run)).code).toBe('rate_limit_exceeded')
  })
})

it('no caller at all is a fault of ours, and goes no further', async () => {
  const given = config()
  const { next, seen } = recordingNext()
  const stage = rateLimit(routeOf(given), createIsolate(given))
  expect(String(await thrownBy(() => stage(next)(callOf('/api/v1/a'))))).toMatch(/did not run/)
  expect(seen).toEqual([])
})
