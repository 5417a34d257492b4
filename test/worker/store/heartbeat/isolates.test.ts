/** Several isolates of one account: four gateways that share D1, KV and the account's object. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { clientOf, env, recordingOrigin, shippedGateway } from '../../../support/worker/gateway.ts'
import {
  apiKey,
  bearer,
  cookie,
  seedAccount,
  seedKey,
  seedSession,
  seedToken,
} from '../../../support/worker/seed.ts'
import { usageOf } from '../../../support/worker/usage.ts'

const origin = recordingOrigin()
const isolate = () => clientOf(shippedGateway(), { ORIGIN: origin.binding })
const READS = '/api/v1/radar'
const WRITES = '/api/v1/monitors'

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() })
  origin.seen.length = 0
})
afterEach(() => vi.useRealTimers())

const settled = (isolates: readonly ReturnType<typeof isolate>[]) =>
  Promise.all(isolates.map((one) => one.settled()))

describe('a limit that is strict', () => {
  it.each([
    ['POST', WRITES, 30],
    ['DELETE', WRITES, 15],
    ['POST', '/api/v1/x/accounts', 3],
  ])('%s %s: four isolates together let exactly %i through', async (method, path, count) => {
    const isolates = [isolate(), isolate(), isolate(), isolate()]
    const init = { method, headers: apiKey((await seedKey(await seedAccount())).key) }
    const answers = await Promise.all(
      isolates.flatMap(({ call }) => Array.from({ length: count }, () => call(path, init))),
    )
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(count)
    expect(answers.filter(({ status }) => status === 429)).toHaveLength(3 * count)
    expect(origin.seen).toHaveLength(count)
  })

  it('of a day holds for an isolate that comes late', async () => {
    const init = { method: 'POST', headers: apiKey((await seedKey(await seedAccount())).key) }
    const path = '/api/v1/x/users/1/follow'
    let followed = 0
    for (let minute = 0; minute < 21; minute++) {
      const { call } = isolate()
      const answers = await Promise.all(Array.from({ length: 20 }, () => call(path, init)))
      followed += answers.filter(({ status }) => status === 200).length
      vi.setSystemTime(Date.now() + 60_000)
    }
    expect(followed).toBe(400)
  })
})

describe('a limit that is fast', () => {
  it('is full everywhere once the object has heard that it is', async () => {
    const isolates = [isolate(), isolate(), isolate(), isolate()]
    const [first, ...others] = isolates
    const init = { headers: apiKey((await seedKey(await seedAccount())).key) }
    for (const { call } of isolates) expect((await call(READS, init)).status).toBe(200)
    await settled(isolates)
    for (let n = 0; n < 6; n++) await first?.call(READS, init)
    await settled(isolates)
    // The others hear of it with their next report, which one request each brings about.
    for (const { call } of others) await call(READS, init)
    await settled(isolates)
    for (const { call } of isolates) {
      const refused = await call(READS, init)
      expect(refused.status).toBe(429)
      expect(refused.headers.get('retry-after')).toBe('1')
      expect(refused.headers.get('ratelimit')).toBe('"read";r=0;t=1')
    }
    vi.setSystemTime(Date.now() + 1_000)
    for (const { call } of isolates) expect((await call(READS, init)).status).toBe(200)
  })

  it('lets through at most its count for each isolate, though all are asked at once', async () => {
    const isolates = [isolate(), isolate(), isolate(), isolate()]
    const init = { headers: apiKey((await seedKey(await seedAccount())).key) }
    const answers = await Promise.all(
      isolates.flatMap(({ call }) => Array.from({ length: 40 }, () => call(READS, init))),
    )
    const passed = answers.filter(({ status }) => status === 200).length
    expect(passed).toBeGreaterThanOrEqual(10)
    expect(passed).toBeLessThanOrEqual(40)
    await settled(isolates)
    for (const { call } of isolates) expect((await call(READS, init)).status).toBe(429)
  })
})

describe('an end that another isolate has brought about', () => {
  const heard = async (one: ReturnType<typeof isolate>, headers: Record<string, string>) => {
    // The lease still holds, and the heartbeat of this call brings the news.
    expect((await one.call(READS, { headers })).status).toBe(200)
    await one.settled()
    return one.call(READS, { headers })
  }

  it('of a key is known with the next heartbeat, and D1 is not asked for it', async () => {
    const account = await seedAccount()
    const { key, id } = await seedKey(account)
    const session = cookie(await seedSession(account))
    const [one, other] = [isolate(), isolate()]
    expect((await other.call(READS, { headers: apiKey(key) })).status).toBe(200)
    await other.settled()
    const revoked = await one.call(`/api/v1/api-keys/${id}`, { method: 'DELETE', headers: session })
    expect(revoked.status).toBe(200)
    const refused = await heard(other, apiKey(key))
    expect(refused.status).toBe(401)
  })

  it('of a grant is known with the next heartbeat', async () => {
    const account = await seedAccount()
    const { token, grantId } = await seedToken(account)
    const session = cookie(await seedSession(account))
    const [one, other] = [isolate(), isolate()]
    expect((await other.call(READS, { headers: bearer(token) })).status).toBe(200)
    await other.settled()
    const path = `/api/v1/oauth/grants/${grantId}`
    const ended = await one.call(path, { method: 'DELETE', headers: session })
    expect(ended.status).toBe(200)
    expect((await heard(other, bearer(token))).status).toBe(401)
  })

  it('of a session, by signing out, is known with the next heartbeat', async () => {
    const account = await seedAccount()
    const headers = cookie(await seedSession(account))
    const [one, other] = [isolate(), isolate()]
    expect((await other.call(READS, { headers })).status).toBe(200)
    await other.settled()
    const signOut = { method: 'POST', headers: { ...headers, 'sec-fetch-site': 'same-origin' } }
    expect((await one.call('/sign-out', signOut)).status).toBeLessThan(400)
    expect((await heard(other, headers)).status).toBe(401)
  })

  it('of one key leaves the others of its account alone', async () => {
    const account = await seedAccount()
    const [dead, alive] = [await seedKey(account), await seedKey(account)]
    const session = cookie(await seedSession(account))
    const [one, other] = [isolate(), isolate()]
    for (const { key } of [dead, alive]) await other.call(READS, { headers: apiKey(key) })
    await other.settled()
    await one.call(`/api/v1/api-keys/${dead.id}`, { method: 'DELETE', headers: session })
    expect((await heard(other, apiKey(dead.key))).status).toBe(401)
    expect((await other.call(READS, { headers: apiKey(alive.key) })).status).toBe(200)
  })
})

describe('usage', () => {
  it('of all isolates is in D1, request for request as the origin saw it', async () => {
    const isolates = [isolate(), isolate(), isolate(), isolate()]
    const account = await seedAccount()
    const { key, id } = await seedKey(account)
    let sent = 0
    for (let second = 0; second < 5; second++) {
      const calls = isolates.flatMap(({ call }) =>
        Array.from({ length: 5 }, () => call(READS, { headers: apiKey(key) })),
      )
      sent += (await Promise.all(calls)).length
      await settled(isolates)
      vi.setSystemTime(Date.now() + 1_000)
    }
    const rows = await usageOf(account)
    const sum = (status: string) =>
      rows.filter((row) => row.status === status).reduce((all, { requests }) => all + requests, 0)
    expect(sum('2xx')).toBe(origin.seen.length)
    expect(sum('429')).toBe(sent - origin.seen.length)
    const stored = env.DB.prepare('select requests from api_keys where id = ?').bind(id)
    expect(await stored.first('requests')).toBe(sent)
  })
})
