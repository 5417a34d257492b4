/** Objects of accounts that fail, answer late or twice, and what stands in a request's way. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { HeartbeatReport } from '../../../../src/contract/heartbeat.ts'
import type { Env } from '../../../../src/store/env.ts'
import { createIsolate } from '../../../../src/store/isolate.ts'
import { clientOf, env, recordingOrigin, shippedGateway } from '../../../support/worker/gateway.ts'
import { apiKey, cookie, seedAccount, seedKey, seedSession } from '../../../support/worker/seed.ts'
import { recordingStores } from '../../../support/worker/storeBindings.ts'
import { heartOf, usageOf } from '../../../support/worker/usage.ts'

const READS = '/api/v1/radar'
const WRITES = '/api/v1/monitors'

beforeEach(() => void vi.useFakeTimers({ toFake: ['Date'], now: Date.now() }))
afterEach(() => vi.useRealTimers())

/** The objects, of which each heartbeat is met by `fault` before or after it reaches its object. */
function faulty(fault: (send: () => Promise<unknown>, report: HeartbeatReport) => unknown) {
  return {
    getByName(name: string) {
      const heart = heartOf(name)
      return new Proxy(heart, {
        get(target, method: 'heartbeat' | 'take' | 'changed' | 'flush') {
          if (method !== 'heartbeat')
            return (...args: never[]) => Reflect.apply(target[method], target, args)
          return async (report: HeartbeatReport) => fault(() => target.heartbeat(report), report)
        },
      })
    },
  }
}

/** Objects that cannot be reached while `state.isDown`. */
function unreachable() {
  const state = { isDown: true, asked: 0 }
  const ACCOUNTS = {
    getByName(name: string) {
      state.asked += 1
      if (state.isDown) throw new Error('the object cannot be reached')
      return env.ACCOUNTS.getByName(name)
    },
  }
  return { state, ACCOUNTS }
}

describe('an object that cannot be reached', () => {
  it('makes a request with a strict limit 503, and never lets it through', async () => {
    const origin = recordingOrigin()
    const { ACCOUNTS, state } = unreachable()
    const { call } = clientOf(shippedGateway(), { ORIGIN: origin.binding, ACCOUNTS })
    const headers = apiKey((await seedKey(await seedAccount())).key)
    for (const method of ['POST', 'PUT', 'PATCH', 'DELETE']) {
      const answer = await call(WRITES, { method, headers })
      expect(answer.status, method).toBe(503)
      expect(answer.headers.get('retry-after')).toBe('1')
      expect(await answer.json()).toMatchObject({ error: 'service_unavailable' })
    }
    expect(origin.seen).toEqual([])
    state.isDown = false
    expect((await call(WRITES, { method: 'POST', headers })).status).toBe(200)
  })

  it('leaves fast limits to the isolate, which counts exactly by itself', async () => {
    const { ACCOUNTS } = unreachable()
    const { call } = clientOf(shippedGateway(), { ORIGIN: recordingOrigin().binding, ACCOUNTS })
    const headers = apiKey((await seedKey(await seedAccount())).key)
    const statuses: number[] = []
    for (let n = 0; n < 12; n++) statuses.push((await call(READS, { headers })).status)
    expect(statuses).toEqual([...Array<number>(10).fill(200), 429, 429])
  })

  it('leaves them for the stated time only: then 503, until it answers again', async () => {
    const { ACCOUNTS, state } = unreachable()
    const config = { ...shippedGateway(), heartbeat: { pauseMs: 1, aloneMs: 30_000 } }
    const { call } = clientOf(config, { ORIGIN: recordingOrigin().binding, ACCOUNTS })
    const account = await seedAccount()
    const headers = apiKey((await seedKey(account)).key)
    const get = async () => {
      const answer = await call(READS, { headers })
      // The heartbeats that the request has started go on for as long as the object is down.
      const before = state.asked
      await vi.waitUntil(() => state.asked > before, { interval: 1, timeout: 20_000 })
      return answer
    }
    expect((await get()).status).toBe(200)
    vi.setSystemTime(Date.now() + 29_000)
    expect((await get()).status).toBe(200)
    vi.setSystemTime(Date.now() + 1_000)
    const refused = await get()
    expect(refused.status).toBe(503)
    expect(refused.headers.get('retry-after')).toBe('1')
    state.isDown = false
    await vi.waitUntil(async () => (await call(READS, { headers })).status === 200, {
      interval: 20,
      timeout: 20_000,
    })
  })

  it('long ago, but not since, refuses nobody', async () => {
    const { ACCOUNTS, state } = unreachable()
    const config = { ...shippedGateway(), heartbeat: { pauseMs: 1, aloneMs: 30_000 } }
    const bindings = { ORIGIN: recordingOrigin().binding, ACCOUNTS }
    const { call, settled } = clientOf(config, bindings)
    const headers = apiKey((await seedKey(await seedAccount())).key)
    expect((await call(READS, { headers })).status).toBe(200)
    // The heartbeats of the request end now, and no other request comes.
    vi.setSystemTime(Date.now() + 25_000)
    await settled()
    vi.setSystemTime(Date.now() + 3_600_000)
    state.isDown = false
    expect((await call(READS, { headers })).status).toBe(200)
  })

  it('fills no later window with the requests that it hears of too late', async () => {
    const { ACCOUNTS, state } = unreachable()
    const config = { ...shippedGateway(), heartbeat: { pauseMs: 1, aloneMs: 30_000 } }
    const bindings = { ORIGIN: recordingOrigin().binding, ACCOUNTS }
    const { call, settled } = clientOf(config, bindings)
    const headers = apiKey((await seedKey(await seedAccount())).key)
    for (let n = 0; n < 10; n++) expect((await call(READS, { headers })).status).toBe(200)
    vi.setSystemTime(Date.now() + 5_000)
    state.isDown = false
    await settled()
    for (let n = 0; n < 10; n++) expect((await call(READS, { headers })).status).toBe(200)
    expect((await call(READS, { headers })).status).toBe(429)
  })

  it('does not keep a key from being revoked', async () => {
    const { ACCOUNTS } = unreachable()
    const origin = recordingOrigin()
    const { call } = clientOf(shippedGateway(), { ORIGIN: origin.binding })
    const account = await seedAccount()
    const { key, id } = await seedKey(account)
    const session = cookie(await seedSession(account))
    // Deleting is counted strictly, so it is the limits that are taken away here.
    const config = shippedGateway(() => ({ limits: { read: [], write: [], delete: [] } }))
    const down = clientOf(config, { ORIGIN: origin.binding, ACCOUNTS })
    const path = `/api/v1/api-keys/${id}`
    expect((await down.call(path, { method: 'DELETE', headers: session })).status).toBe(200)
    expect((await call(READS, { headers: apiKey(key) })).status).toBe(401)
  })
})

it('a change of an account is known at once where it was made, though its object is down', async () => {
  const isolate = createIsolate(shippedGateway())
  const down = { ...env, ...unreachable() } as unknown as Env
  const account = await seedAccount()
  const { hash } = await seedKey(account)
  const find = () => isolate.apiKeys.find(down, hash, () => undefined)
  expect(await find()).toMatchObject({ accountId: account })
  await env.DB.prepare('update accounts set disabled_at = 1 where id = ?').bind(account).run()
  expect(await find(), 'leased').toMatchObject({ accountId: account })
  await isolate.hearts.tell(down, account, { kind: 'account', id: '' }, () => undefined)
  vi.setSystemTime(Date.now() + 1)
  expect(await find()).toBeNull()
})

describe('a report whose answer is lost', () => {
  it('is sent again unchanged, and counts once', async () => {
    const reports: HeartbeatReport[] = []
    let losses = 3
    const ACCOUNTS = faulty(async (send, report) => {
      reports.push(report)
      const answer = await send()
      if (losses-- > 0) throw new Error('Network connection lost.')
      return answer
    })
    const { call, settled } = clientOf(shippedGateway(), {
      ORIGIN: recordingOrigin().binding,
      ACCOUNTS,
    })
    const account = await seedAccount()
    const headers = apiKey((await seedKey(account)).key)
    for (let n = 0; n < 4; n++) expect((await call(READS, { headers })).status).toBe(200)
    await settled()
    const [first, second, third, fourth] = reports
    expect([second, third, fourth]).toEqual([first, first, first])
    const { windows } = await heartOf(account).take([], Date.now(), null)
    expect(windows).toMatchObject([{ name: 'read', used: 4 }])
    expect((await usageOf(account)).map(({ requests }) => requests)).toEqual([4])
  })
})

describe('a warm request', () => {
  it('asks no store and no object before its origin, and one heartbeat is on its way at most', async () => {
    const stores = recordingStores(env)
    const events: string[] = []
    let inFlight = 0
    let most = 0
    const ACCOUNTS = faulty(async (send) => {
      events.push('heartbeat')
      inFlight += 1
      most = Math.max(most, inFlight)
      const answer = await send()
      inFlight -= 1
      return answer
    })
    const { binding } = recordingOrigin()
    const ORIGIN = {
      fetch(input: RequestInfo, init?: RequestInit) {
        events.push('origin')
        return binding.fetch(input, init)
      },
    }
    const { call, settled } = clientOf(shippedGateway(), {
      ...stores.bindings,
      ORIGIN,
      ACCOUNTS,
    })
    const headers = apiKey((await seedKey(await seedAccount())).key)
    await call(READS, { headers })
    await settled()
    for (let second = 0; second < 5; second++) {
      vi.setSystemTime(Date.now() + 100)
      stores.calls.length = 0
      events.length = 0
      await call(READS, { headers })
      expect(events[0]).toBe('origin')
      expect(stores.calls).toEqual([])
      await settled()
    }
    await Promise.all(Array.from({ length: 50 }, () => call(READS, { headers })))
    await settled()
    expect(most).toBe(1)
  })
})
