/** The memories of an isolate that strangers can fill: each has a bound in bytes. */
import { env } from 'cloudflare:workers'
import { expect, it, vi } from 'vitest'
import { parseConfig } from '../../../src/config/defineGateway.ts'
import type { HeartbeatReport } from '../../../src/contract/heartbeat.ts'
import { requestLog } from '../../../src/stages/requestLog.ts'
import type { Env } from '../../../src/store/env.ts'
import { bytesOfHeart, createHeart } from '../../../src/store/heartbeat/heart.ts'
import { createHearts } from '../../../src/store/heartbeat/hearts.ts'
import { createSharedReads } from '../../../src/store/leases/sharedReads.ts'
import { createClientDocuments } from '../../../src/store/oauth/clientDocuments.ts'
import { createTokenStore } from '../../../src/store/oauth/tokens.ts'
import { createAssertions } from '../../../src/store/origins/assertions.ts'
import { callOf, envWith, routeOf } from '../../support/worker/calls.ts'
import { quietFeed } from '../../support/worker/quietFeed.ts'
import { withRoutes } from '../../support/worker/sampleConfig.ts'
import { seedAccount, seedToken } from '../../support/worker/seed.ts'

const TIMES = { pauseMs: 60_000, aloneMs: 60_000 }
const use = (credential: string) => ({ credential, route: 'GET /a', status: '2xx' }) as const
const keptAlive = () => undefined

/** Hearts whose objects do not answer, until the test says that they do. */
function silentHearts() {
  const reports: HeartbeatReport[] = []
  const state = { isDown: true }
  const object = {
    heartbeat: async (report: HeartbeatReport) => {
      if (state.isDown) throw new Error('down')
      reports.push(report)
      return { windows: [], epoch: 1, changes: [] }
    },
    flush: async () => ({ lately: [] }),
  }
  const bound = envWith({ ACCOUNTS: { getByName: () => object } })
  return { hearts: createHearts(TIMES, () => undefined), bound, reports, state }
}

it('accounts whose objects do not answer: the oldest make room, and the newest stay', async () => {
  const { hearts, bound, reports, state } = silentHearts()
  const owners = Array.from({ length: 6_000 }, (_, n) => `acc_${n}`)
  for (const owner of owners) hearts.recordUse(bound, owner, use('key 1'), 1, keptAlive)
  state.isDown = false
  for (const owner of owners) await hearts.flush(bound, owner, keptAlive)
  const kept = reports.map(({ owner }) => owner)
  expect(kept).toEqual(owners.slice(-kept.length))
  const heart = createHeart('acc')
  heart.uses.set('one', { ...use('key 1'), hour: 1, requests: 1, lastUsedAt: 1 })
  expect(kept.length * bytesOfHeart(heart)).toBeLessThanOrEqual(8_388_608)
  expect(kept.length).toBeGreaterThan(3_000)
})

it('one account with ever new uses counts as much as it holds', async () => {
  const { hearts, bound, reports, state } = silentHearts()
  hearts.recordUse(bound, 'small', use('key 1'), 1, keptAlive)
  for (let n = 0; n < 30_000; n++) hearts.recordUse(bound, 'large', use(`key ${n}`), 1, keptAlive)
  state.isDown = false
  await hearts.flush(bound, 'large', keptAlive)
  expect(reports.flatMap(({ uses }) => uses)).toHaveLength(30_000)
  await hearts.flush(bound, 'small', keptAlive)
  expect(reports.map(({ owner }) => owner)).not.toContain('small')
})

it('reads of requests that have died: the oldest are shared no more', async () => {
  const shared = createSharedReads<string>(0)
  const never = vi.fn(() => new Promise<string>(() => undefined))
  for (let n = 0; n < 5_000; n++) void shared(`${n}`.padStart(64, '0'), never, keptAlive)
  expect(never).toHaveBeenCalledTimes(5_000)
  const read = vi.fn(async () => 'read')
  expect(await shared('0'.repeat(64), read, keptAlive)).toBe('read')
  expect(read).toHaveBeenCalledOnce()
})

it('assertions of accounts with long ids: the oldest are signed again', async () => {
  const assertionFor = createAssertions('https://gateway.test')
  const about = (n: number) =>
    assertionFor(
      env as unknown as Env,
      { kind: 'api_key', accountId: 'acc', keyId: `${n}`.padStart(50_000, '0') },
      'https://origin.test',
    )
  vi.useFakeTimers({ toFake: ['Date'], now: 0 })
  const first = await about(0)
  vi.setSystemTime(2_000)
  expect(await about(0)).toBe(first)
  for (let n = 1; n <= 90; n++) await about(n)
  expect(await about(90), 'the newest is remembered').toBe(await about(90))
  expect(await about(0)).not.toBe(first)
  vi.useRealTimers()
})

it('grants that have ended: the newest 5,000 are remembered, and the oldest make room', async () => {
  const store = createTokenStore({ leaseMs: 600_000, stretchMs: 0 }, quietFeed)
  const bound = env as unknown as Env
  const { token, grantId } = await seedToken(await seedAccount())
  const hash = (await store.hashOf(bound, token)) ?? ''
  // The grant lives in D1: whether it counts as ended shows whether the isolate remembers.
  const isOpen = async () => (await store.find(bound, hash, keptAlive)) !== null
  const endOthers = (count: number) =>
    store.forget(Array.from({ length: count }, () => `grt_${crypto.randomUUID().slice(0, 24)}`))
  expect(await isOpen()).toBe(true)
  store.forget([grantId])
  endOthers(5_000)
  expect(await isOpen()).toBe(false)
  endOthers(15_000)
  expect(await isOpen()).toBe(true)
})

it('documents of clients, whatever the length of their URLs: the oldest are fetched again', async () => {
  const fetched = vi.spyOn(globalThis, 'fetch').mockImplementation(async () => {
    return new Response('no JSON', { headers: { 'content-type': 'application/json' } })
  })
  vi.spyOn(console, 'error').mockImplementation(() => undefined)
  const documentAt = createClientDocuments({ appSchemes: {}, userAgent: 'test' })
  const read = async (n: number) => {
    const before = fetched.mock.calls.length
    const url = `https://app.example.com/${n}`.padEnd(4_000, 'x')
    await documentAt({ env: env as unknown as Env, waitUntil: keptAlive }, url, () => undefined)
    return fetched.mock.calls.length > before
  }
  for (let n = 0; n < 300; n++) await read(n)
  expect(await read(0), 'far from its bound it remembers all').toBe(false)
  for (let n = 300; n < 700; n++) await read(n)
  expect([await read(699), await read(500), await read(0)]).toEqual([false, false, true])
  fetched.mockRestore()
})

it('calls that wait for their answers, however long their headers: the newest have their lines', () => {
  vi.useFakeTimers({ toFake: ['Date'], now: 0 })
  const lines: string[] = []
  vi.spyOn(console, 'info').mockImplementation((line: string) => void lines.push(line))
  const route = routeOf(parseConfig(withRoutes({ route: 'GET /a' })))
  const stage = requestLog()
  const wait = (n: number) => {
    const init = { headers: { 'x-long': 'x'.repeat(30_000) } }
    const caller = { kind: 'api_key', accountId: 'acc', keyId: '7' } as const
    void stage(() => new Promise(() => undefined))(callOf(`/${n}`, init, { route, caller }))
  }
  for (let n = 0; n < 500; n++) wait(n)
  vi.setSystemTime(120_000)
  wait(500)
  const paths = lines.map((line) => JSON.parse(line).path)
  // 4 MB are 67 such calls.
  expect(paths).toEqual(
    Array.from({ length: paths.length }, (_, n) => `/${500 - paths.length + n}`),
  )
  expect(paths.length).toBeGreaterThan(50)
  expect(paths.length).toBeLessThanOrEqual(70)
  vi.restoreAllMocks()
  vi.useRealTimers()
})
