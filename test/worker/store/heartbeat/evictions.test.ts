/** Objects of accounts that are evicted in the middle: what is stored goes on, exactly. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { clientOf, recordingOrigin, shippedGateway } from '../../../support/worker/gateway.ts'
import { apiKey, cookie, seedAccount, seedKey, seedSession } from '../../../support/worker/seed.ts'
import { evict, heartOf, usageOf } from '../../../support/worker/usage.ts'

const origin = recordingOrigin()
const isolate = () => clientOf(shippedGateway(), { ORIGIN: origin.binding })
const READS = '/api/v1/radar'
const WRITES = '/api/v1/x/accounts'

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() })
  origin.seen.length = 0
})
afterEach(() => vi.useRealTimers())

describe('an eviction of the object', () => {
  it('leaves a strict limit as full as it was, for isolates old and new', async () => {
    const account = await seedAccount()
    const init = { method: 'POST', headers: apiKey((await seedKey(account)).key) }
    const [one, other] = [isolate(), isolate()]
    for (let n = 0; n < 2; n++) expect((await one.call(WRITES, init)).status).toBe(200)
    await evict(account)
    expect((await other.call(WRITES, init)).status).toBe(200)
    for (const { call } of [one, other, isolate()]) {
      await evict(account)
      expect((await call(WRITES, init)).status).toBe(429)
    }
    expect(origin.seen).toHaveLength(3)
  })

  it('between every two calls leaves each use in D1 once', async () => {
    const account = await seedAccount()
    const headers = apiKey((await seedKey(account)).key)
    const isolates = [isolate(), isolate()]
    for (let second = 0; second < 4; second++) {
      for (const one of isolates) {
        expect((await one.call(READS, { headers })).status).toBe(200)
        await one.settled()
        await evict(account)
      }
      vi.setSystemTime(Date.now() + 1_000)
    }
    const rows = await usageOf(account)
    expect(rows.map(({ status, requests }) => [status, requests])).toEqual([['2xx', 8]])
  })

  it('in the middle of a report loses it not: it is sent again, and counts once', async () => {
    const account = await seedAccount()
    const headers = apiKey((await seedKey(account)).key)
    const taken: boolean[] = []
    const ACCOUNTS = {
      getByName: (name: string) =>
        new Proxy(heartOf(name), {
          get: (heart, method: 'heartbeat') => async (report: never) => {
            if (method !== 'heartbeat') return Reflect.apply(heart[method], heart, [report])
            // The first report is taken, and its answer is lost with the instance.
            const verdict = await heart.heartbeat(report)
            taken.push(true)
            if (taken.length > 1) return verdict
            await evict(account)
            throw new Error('evicted')
          },
        }),
    }
    const one = clientOf(shippedGateway(), { ORIGIN: origin.binding, ACCOUNTS })
    for (let second = 0; second < 3; second++) {
      expect((await one.call(READS, { headers })).status).toBe(200)
      await one.settled()
      vi.setSystemTime(Date.now() + 2_000)
    }
    expect(taken.length).toBeGreaterThanOrEqual(3)
    expect((await usageOf(account)).map(({ requests }) => requests)).toEqual([3])
  })

  it('leaves known what has ended: an isolate hears of it with its next heartbeat', async () => {
    const account = await seedAccount()
    const { key, id } = await seedKey(account)
    const session = cookie(await seedSession(account))
    const [one, other] = [isolate(), isolate()]
    expect((await other.call(READS, { headers: apiKey(key) })).status).toBe(200)
    await other.settled()
    const path = `/api/v1/api-keys/${id}`
    expect((await one.call(path, { method: 'DELETE', headers: session })).status).toBe(200)
    await one.settled()
    await evict(account)
    expect((await other.call(READS, { headers: apiKey(key) })).status).toBe(200)
    await other.settled()
    expect((await other.call(READS, { headers: apiKey(key) })).status).toBe(401)
  })

  it('lets a fast limit pass no more than its count again for each isolate', async () => {
    const account = await seedAccount()
    const init = { headers: apiKey((await seedKey(account)).key) }
    const isolates = [isolate(), isolate()]
    const offer = () =>
      Promise.all(
        isolates.flatMap(({ call }) => Array.from({ length: 20 }, () => call(READS, init))),
      )
    await offer()
    await evict(account)
    await offer()
    expect(origin.seen.length).toBeLessThanOrEqual(20)
  })
})
