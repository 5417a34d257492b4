/** Addresses over several isolates that share the objects of addresses, and objects that fail. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { Config } from '../../../../src/config/config.ts'
import { OWN_PATHS } from '../../../../src/config/ownPaths.ts'
import type { AddressCounts } from '../../../../src/contract/addresses.ts'
import {
  clientOf,
  ownAddresses,
  recordingOrigin,
  shippedGateway,
} from '../../../support/worker/gateway.ts'
import { apiKey } from '../../../support/worker/seed.ts'

const JUNK = apiKey(`xq_${'0'.repeat(64)}`)
const UNPAID = '/api/v1/trends'
const WALLETS = '/api/v1/guest-wallets'

beforeEach(() => void vi.useFakeTimers({ toFake: ['Date'], now: Date.now() }))
afterEach(() => {
  vi.useRealTimers()
  vi.restoreAllMocks()
})

/** Objects that count how often they are called, and that fail while `state.isDown`. */
function countedObjects() {
  const own = ownAddresses()
  const state = { calls: 0, isDown: false }
  const ADDRESSES = {
    getByName(name: string) {
      const object = own.getByName(name) as unknown as AddressCounts
      const asked = <T>(question: () => Promise<T>): Promise<T> => {
        state.calls += 1
        return state.isDown ? Promise.reject(new Error('unreachable')) : question()
      }
      return {
        report: (...of) => asked(() => object.report(...of)),
        take: (...of) => asked(() => object.take(...of)),
        giveBack: (...of) => asked(() => object.giveBack(...of)),
      } satisfies AddressCounts
    },
  }
  return { state, ADDRESSES }
}

/** Several isolates with the same objects. */
function isolates(count: number, config: Config = shippedGateway()) {
  const { state, ADDRESSES } = countedObjects()
  const origin = recordingOrigin()
  let mails = 0
  const MAIL = { send: async () => void mails++ }
  const clients = Array.from({ length: count }, () =>
    clientOf(config, { ORIGIN: origin.binding, ADDRESSES, MAIL }),
  )
  const settled = () => Promise.all(clients.map((client) => client.settled()))
  return { clients, settled, state, origin, mails: () => mails }
}

const from = (address: string, headers: Record<string, string> = {}) => ({
  headers: { 'cf-connecting-ip': address, ...headers },
})

/** Sends so many requests through each isolate, all isolates in turn. Counts the statuses. */
async function offer(
  { clients, settled }: ReturnType<typeof isolates>,
  times: number,
  [path, init]: readonly [path: string, init: RequestInit],
): Promise<Record<number, number>> {
  const counts: Record<number, number> = {}
  for (let n = 0; n < times; n++) {
    for (const { call } of clients) {
      const { status } = await call(path, init)
      counts[status] = (counts[status] ?? 0) + 1
    }
    if (n % 20 === 19) await settled()
  }
  await settled()
  return counts
}

const wallet = (address: string) => [WALLETS, { method: 'POST', ...from(address) }] as const
const registration = (address: string) =>
  [
    OWN_PATHS.register,
    {
      method: 'POST',
      body: JSON.stringify({ redirect_uris: ['https://a.example/'] }),
      ...from(address),
    },
  ] as const

describe('four isolates, and four times the limit from one address', () => {
  it.each([
    ['wrong credentials', 401, '/api/v1/radar', JUNK],
    ['unpaid calls', 402, UNPAID, {}],
  ] as const)(
    '%s: at most a twentieth of the limit more for each isolate',
    async (_, status, path, headers) => {
      const all = isolates(4)
      const counts = await offer(all, 300, [path, from('203.0.113.7', headers)])
      expect(counts[status]).toBeGreaterThanOrEqual(600)
      expect(counts[status]).toBeLessThanOrEqual(600 + 4 * 30)
      expect(counts[429]).toBe(1_200 - (counts[status] ?? 0))
      // An honest caller of another network is none of that.
      const [first] = all.clients
      expect((await first?.call(UNPAID, from('198.51.100.1')))?.status).toBe(402)
      await all.settled()
    },
  )

  it('a strict limit lets exactly its count through', async () => {
    const all = isolates(4)
    const counts = await offer(all, 10, wallet('203.0.113.7'))
    expect(counts).toEqual({ 200: 10, 429: 30 })
    expect(all.origin.seen).toHaveLength(10)
    expect(await offer(all, 1, wallet('203.0.113.8')), 'another address').toEqual({ 200: 4 })
  })

  it('a burst asks the object no more often than the limit allows', async () => {
    const all = isolates(1)
    const [client] = all.clients
    const [path, init] = wallet('203.0.113.7')
    const answers = await Promise.all(Array.from({ length: 200 }, () => client?.call(path, init)))
    expect(answers.filter((answer) => answer?.status === 200)).toHaveLength(10)
    expect(all.state.calls).toBe(10)
  })
})

describe('a ceiling for all', () => {
  it('leaves nine tenths to others, however many addresses of one network register', async () => {
    const all = isolates(2)
    let registered = 0
    for (let n = 0; n < 40; n++)
      registered += (await offer(all, 1, registration(`203.0.113.${n}`)))[201] ?? 0
    for (let n = 0; n < 3; n++)
      registered += (await offer(all, 10, registration(`203.0.113.${n}`)))[201] ?? 0
    expect(registered, 'a tenth of 600').toBe(60)
    expect(await offer(all, 1, registration('198.51.100.1'))).toEqual({ 201: 2 })
  })

  it('holds over all isolates, and then asks no object and no store any more', async () => {
    const config = shippedGateway()
    const registrations = [{ name: 'all', count: 20, windowMs: 60_000 }]
    const oauth = config.oauth && {
      ...config.oauth,
      limits: { ...config.oauth.limits, registrations },
    }
    const all = isolates(2, { ...config, oauth })
    let registered = 0
    for (let n = 0; n < 30; n++)
      registered += (await offer(all, 1, registration(`10.0.${n}.1`)))[201] ?? 0
    expect(registered).toBe(20)
    const before = all.state.calls
    expect(await offer(all, 5, registration('10.1.0.1'))).toEqual({ 429: 10 })
    expect(all.state.calls).toBe(before)
    vi.setSystemTime(Date.now() + 60_000)
    expect(await offer(all, 1, registration('10.1.0.1'))).toEqual({ 201: 2 })
  })
})

describe('a thousand addresses at one isolate', () => {
  it('cost no call of an object for each, below a twentieth of the limit', async () => {
    const all = isolates(1)
    const [client] = all.clients
    for (let n = 0; n < 1_000; n++) {
      const address = `10.${n >> 8}.${n & 255}.1`
      expect((await client?.call(UNPAID, from(address)))?.status).toBe(402)
    }
    await all.settled()
    expect(all.state.calls).toBe(0)
  })

  it('cost at most one call for each of sixteen objects and pause above that', async () => {
    const all = isolates(1)
    const [client] = all.clients
    for (let n = 0; n < 200; n++) {
      const init = from(`10.${n >> 8}.${n & 255}.1`)
      for (let m = 0; m < 30; m++) await client?.call(UNPAID, init)
    }
    await all.settled()
    // 6,000 requests of 200 addresses, each of which is news. The pause is 20 ms here.
    expect(all.state.calls).toBeLessThan(1_000)
  })
})

describe('objects of addresses that cannot be reached', () => {
  it('make strict requests 503, and never let one through', async () => {
    const all = isolates(1)
    all.state.isDown = true
    for (const request of [wallet('203.0.113.7'), registration('203.0.113.8')]) {
      const [client] = all.clients
      const answer = await client?.call(request[0], request[1])
      expect(answer?.status).toBe(503)
      expect(answer?.headers.get('retry-after')).toBe('1')
    }
    expect(all.origin.seen).toEqual([])
    const calls = all.state.calls
    expect(await offer(all, 5, wallet('203.0.113.7')), 'and are not asked again at once').toEqual({
      503: 5,
    })
    expect(all.state.calls).toBe(calls)
    all.state.isDown = false
    vi.setSystemTime(Date.now() + 5_000)
    expect(await offer(all, 1, wallet('203.0.113.7'))).toEqual({ 200: 1 })
  })

  it('leave what is free to the isolate, for any time', async () => {
    const all = isolates(1)
    all.state.isDown = true
    const [client] = all.clients
    const ask = async () => (await client?.call('/api/v1/radar', from('203.0.113.7', JUNK)))?.status
    for (let n = 0; n < 600; n++) expect(await ask()).toBe(401)
    expect(await ask()).toBe(429)
    vi.setSystemTime(Date.now() + 120_000)
    expect(await ask()).toBe(401)
    all.state.isDown = false
    await all.settled()
  })

  it('leave what costs a store to the isolate for the stated time, and then refuse it', async () => {
    const config = shippedGateway()
    const all = isolates(1, { ...config, heartbeat: { pauseMs: 1, aloneMs: 30_000 } })
    all.state.isDown = true
    const [client] = all.clients
    let n = 0
    const ask = async () => {
      const id = `00000000-0000-4000-8000-${String(n++).padStart(12, '0')}`
      const path = `${OWN_PATHS.authorize}?client_id=${id}&redirect_uri=https://a.example/`
      return (await client?.call(path, from('203.0.113.7')))?.status
    }
    for (let m = 0; m < 20; m++) expect(await ask()).toBe(400)
    // The second question follows the failure of the first.
    await vi.waitUntil(() => all.state.calls > 1)
    vi.setSystemTime(Date.now() + 29_000)
    const before = all.state.calls
    expect(await ask()).toBe(400)
    await vi.waitUntil(() => all.state.calls > before + 1)
    vi.setSystemTime(Date.now() + 2_000)
    expect(await ask()).toBe(503)
    all.state.isDown = false
    await vi.waitUntil(async () => (await ask()) === 400, { interval: 20, timeout: 20_000 })
    await all.settled()
  })
})

it('an object counts a report that comes late in the window of its requests, or nowhere', async () => {
  const object = ownAddresses().getByName('1') as unknown as AddressCounts
  const limit = { name: 'late', count: 5, windowMs: 60_000 }
  const windows = [{ limit, window: 0, ageMs: 0, requests: 3 }]
  const report = (sequence: number, heldMs: number) =>
    object.report({ from: 'an isolate', sequence, at: Date.now(), heldMs, windows })
  expect(await report(1, 60_000)).toEqual([])
  expect(await report(2, 20_000)).toMatchObject([{ used: 3, ageMs: 20_000 }])
})
