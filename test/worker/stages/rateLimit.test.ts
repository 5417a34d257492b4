/** Rate limits by tier, by route, and of refusals by address. The tests set the clock. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { clientOf, recordingOrigin, shippedGateway } from '../../support/worker/gateway.ts'
import { apiKey, cookie, seedAccount, seedKey, seedSession } from '../../support/worker/seed.ts'

const origin = recordingOrigin()
const { call } = clientOf(shippedGateway(), { ORIGIN: origin.binding })

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() })
  origin.seen.length = 0
})
afterEach(() => vi.useRealTimers())

const pass = (ms: number) => vi.setSystemTime(Date.now() + ms)

async function statuses(count: number, path: string, init: RequestInit): Promise<number[]> {
  const responses = await Promise.all(Array.from({ length: count }, () => call(path, init)))
  return responses.map((response) => response.status)
}

const times = (list: number[], status: number) => list.filter((one) => one === status).length

describe('the tiers', () => {
  it.each([
    ['read', 'GET', 10, 1_000],
    ['read', 'HEAD', 10, 1_000],
    ['write', 'POST', 30, 60_000],
    ['write', 'PUT', 30, 60_000],
    ['write', 'PATCH', 30, 60_000],
    ['delete', 'DELETE', 15, 60_000],
  ])(
    '%s: %s passes %i times in %i ms, in parallel too, and is then 429 until the window ends',
    async (tier, method, count, windowMs) => {
      const init = { method, headers: apiKey((await seedKey(await seedAccount())).key) }
      await call('/api/v1/monitors', init) // the window starts at the first request
      pass(windowMs / 2)
      const rest = await statuses(count + 4, '/api/v1/monitors', init)
      expect(times(rest, 200)).toBe(count - 1)
      expect(times(rest, 429)).toBe(5)
      expect(origin.seen).toHaveLength(count)
      const refused = await call('/api/v1/monitors', init)
      const retryAfter = Math.max(1, windowMs / 2000)
      expect(refused.headers.get('retry-after')).toBe(String(retryAfter))
      expect(refused.headers.get('ratelimit')).toBe(`"${tier}";r=0;t=${retryAfter}`)
      if (method !== 'HEAD') {
        expect(await refused.json()).toEqual({
          error: 'rate_limit_exceeded',
          message: expect.any(String),
          retryAfter,
        })
      }
      pass(windowMs / 2)
      expect((await call('/api/v1/monitors', init)).status).toBe(200)
    },
  )

  it('are counted separately', async () => {
    const headers = apiKey((await seedKey(await seedAccount())).key)
    await statuses(20, '/api/v1/monitors', { headers })
    expect((await call('/api/v1/monitors', { method: 'POST', headers })).status).toBe(200)
    expect((await call('/api/v1/monitors', { method: 'DELETE', headers })).status).toBe(200)
  })

  it('are counted for the account, whichever of its credentials is used, on whichever route', async () => {
    const accountId = await seedAccount()
    const headers = [
      apiKey((await seedKey(accountId)).key),
      apiKey((await seedKey(accountId)).key),
      cookie(await seedSession(accountId)),
    ]
    const paths = ['/api/v1/radar', '/api/v1/monitors?x=1', '/api/v1/x/tweets/1']
    const seen: number[] = []
    for (let i = 0; i < 12; i++) {
      seen.push((await call(paths[i % 3] ?? '', { headers: headers[i % 3] ?? {} })).status)
    }
    expect(seen).toEqual([...Array<number>(10).fill(200), 429, 429])
  })

  it('do not limit other accounts', async () => {
    await statuses(20, '/api/v1/radar', {
      headers: apiKey((await seedKey(await seedAccount())).key),
    })
    const other = apiKey((await seedKey(await seedAccount())).key)
    expect((await call('/api/v1/radar', { headers: other })).status).toBe(200)
  })

  it('are told on every answer, with the number of calls left', async () => {
    const headers = apiKey((await seedKey(await seedAccount())).key)
    await call('/api/v1/radar', { headers })
    const response = await call('/api/v1/radar', { headers })
    expect(response.headers.get('ratelimit-policy')).toBe('"read";q=10;w=1')
    expect(response.headers.get('ratelimit')).toBe('"read";r=8;t=1')
  })
})

describe("a route's own limits", () => {
  it('POST /x/accounts: 3 in 15 minutes, on top of the tier', async () => {
    const init = { method: 'POST', headers: apiKey((await seedKey(await seedAccount())).key) }
    expect(times(await statuses(6, '/api/v1/x/accounts', init), 200)).toBe(3)
    pass(61_000) // the tier's window is over, the route's is not
    const refused = await call('/api/v1/x/accounts', init)
    expect(refused.status).toBe(429)
    expect(refused.headers.get('retry-after')).toBe('839')
    expect((await call('/api/v1/x/other', init)).status).toBe(200)
    pass(840_000)
    expect((await call('/api/v1/x/accounts', init)).status).toBe(200)
  })

  it('POST /x/users/:id/follow: 20 a minute and 400 a day, whoever is followed', async () => {
    const init = { method: 'POST', headers: apiKey((await seedKey(await seedAccount())).key) }
    let followed = 0
    for (let minute = 0; minute < 25; minute++) {
      const all = await Promise.all(
        Array.from({ length: 25 }, (_, i) => call(`/api/v1/x/users/${minute}${i}/follow`, init)),
      )
      followed += all.filter((response) => response.status === 200).length
      pass(60_000)
    }
    expect(followed).toBe(400)
  })

  it('cannot be avoided by another spelling of the path', async () => {
    const init = { method: 'POST', headers: apiKey((await seedKey(await seedAccount())).key) }
    await statuses(3, '/api/v1/x/accounts', init)
    for (const path of [
      '/api/v1/x/accounts/',
      '/api/v1/x/ACCOUNTS',
      '/api/v1/x/%61ccounts',
      '/api/v1/x//accounts',
    ]) {
      const response = await call(path, init)
      expect(response.status, path).toBe(400)
      expect(await response.json()).toMatchObject({ error: 'invalid_path' })
    }
    expect(origin.seen).toHaveLength(3)
  })
})

describe('refusals of one address', () => {
  const from = (address: string, headers: Record<string, string> = {}) => ({
    headers: { 'cf-connecting-ip': address, ...headers },
  })

  it('are 401 600 times a minute, then 429; a valid key is still accepted', async () => {
    const { key } = await seedKey(await seedAccount())
    const guess = from('198.51.100.7', apiKey(`xq_${'0'.repeat(64)}`))
    const all = await statuses(605, '/api/v1/radar', guess)
    expect(times(all, 401)).toBe(600)
    expect(times(all, 429)).toBe(5)
    const refused = await call('/api/v1/radar', from('198.51.100.7'))
    expect(refused.status).toBe(429)
    expect(refused.headers.get('retry-after')).toBe('60')
    expect((await call('/api/v1/radar', from('198.51.100.7', apiKey(key)))).status).toBe(200)
    expect((await call('/api/v1/radar', from('198.51.100.8'))).status).toBe(401)
    pass(60_000)
    expect((await call('/api/v1/radar', guess)).status).toBe(401)
  })

  it('are counted by the address that the platform states, whatever other headers claim', async () => {
    const forged = {
      'x-forwarded-for': '6.6.6.6',
      'x-real-ip': '6.6.6.6',
      'true-client-ip': '6.6.6.6',
    }
    await statuses(600, '/api/v1/radar', from('198.51.100.20'))
    expect((await call('/api/v1/radar', from('198.51.100.20', forged))).status).toBe(429)
  })

  it('are counted by the /64 of an IPv6 address', async () => {
    await statuses(600, '/api/v1/radar', from('2001:db8:1:2::1'))
    expect((await call('/api/v1/radar', from('2001:db8:1:2:ffff::9'))).status).toBe(429)
    expect((await call('/api/v1/radar', from('2001:db8:1:3::1'))).status).toBe(401)
  })

  it('turn nothing off for others: not payments, and not the tenants of other Workers', async () => {
    const worker = (zone: string, headers = {}) =>
      from('2a06:98c0:3600::103', { 'cf-worker': zone, ...headers })
    const junk = apiKey(`xq_${'0'.repeat(64)}`)
    await statuses(601, '/api/v1/radar', worker('evil.example', junk))
    expect((await call('/api/v1/radar', worker('evil.example', junk))).status).toBe(429)
    expect((await call('/api/v1/trends', worker('evil.example'))).status).toBe(402)
    expect((await call('/api/v1/trends', worker('agent.example'))).status).toBe(402)
    expect((await call('/api/v1/radar', worker('agent.example', junk))).status).toBe(401)
  })

  it('402s of one address are 600 a minute, counted apart from 401s', async () => {
    const all = await statuses(605, '/api/v1/trends', from('198.51.100.40'))
    expect([times(all, 402), times(all, 429)]).toEqual([600, 5])
    expect((await call('/api/v1/radar', from('198.51.100.40'))).status).toBe(401)
  })
})
