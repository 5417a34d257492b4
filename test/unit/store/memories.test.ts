/** The memories of an isolate that strangers can fill: each has a bound in bytes. */
import { env } from 'cloudflare:workers'
import { expect, it, vi } from 'vitest'
import type { HeartbeatReport } from '../../../src/contract/heartbeat.ts'
import type { Env } from '../../../src/store/env.ts'
import { bytesOfHeart, createHeart } from '../../../src/store/heartbeat/heart.ts'
import { createHearts } from '../../../src/store/heartbeat/hearts.ts'
import { createSharedReads } from '../../../src/store/leases/sharedReads.ts'
import { createAssertions } from '../../../src/store/origins/assertions.ts'
import { envWith } from '../../support/worker/calls.ts'

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
