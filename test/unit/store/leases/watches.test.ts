/** All that is open with one credential shares one verdict, and one question to the store. */
import { beforeEach, expect, it, vi } from 'vitest'
import type { Env } from '../../../../src/store/env.ts'
import { createLeases, type Verdict } from '../../../../src/store/leases/leases.ts'
import { createWatches } from '../../../../src/store/leases/watches.ts'

const LEASE_MS = 5_000
const ENV = {} as Env
const never = () => false

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date'], now: 1_000_000 })
  return () => void vi.useRealTimers()
})

const pass = (ms: number) => vi.setSystemTime(Date.now() + ms)
/** Lets the answers of the store arrive. */
const settle = async () => {
  for (let i = 0; i < 5; i++) await Promise.resolve()
}

/** Watches of a credential that was read just now, and a store that answers with `answer`. */
function watchesOf(answer: () => Promise<string | null>) {
  const leases = createLeases<string>({ leaseMs: LEASE_MS, unknownMs: 2_000 })
  leases.record('hash', { value: 'owner', from: Date.now() })
  const asked: number[] = []
  const ask = async (): Promise<Verdict<string>> => {
    const from = Date.now()
    asked.push(from)
    const verdict = { value: await answer(), from }
    return leases.record('hash', verdict) ?? verdict
  }
  return { leases, asked, watch: createWatches(leases, LEASE_MS, ask) }
}

it('a hundred streams for an hour ask as often as one: once in two seconds', async () => {
  const { asked, watch } = watchesOf(async () => 'owner')
  const streams = Array.from({ length: 100 }, () => watch(ENV, 'hash', never))
  for (let second = 0; second < 3_600; second++) {
    pass(1_000)
    if (streams.some((stream) => stream.check() !== null)) throw new Error(`ended at ${second} s`)
    await settle()
  }
  expect(asked.length).toBeGreaterThan(1_000)
  expect(asked.length).toBeLessThanOrEqual(1_800)
})

it('a verdict that another request has read is used without a question', () => {
  const { leases, asked, watch } = watchesOf(async () => 'owner')
  const stream = watch(ENV, 'hash', never)
  for (let second = 0; second < 60; second++) {
    pass(1_000)
    leases.record('hash', { value: 'owner', from: Date.now() })
    expect(stream.check()).toBeNull()
  }
  expect(asked).toEqual([])
})

it('a revocation here ends all at the next check', () => {
  const { leases, watch } = watchesOf(async () => 'owner')
  const streams = [watch(ENV, 'hash', never), watch(ENV, 'hash', never)]
  leases.evict('hash', Date.now())
  expect(streams.map((stream) => stream.check())).toEqual(['revoked', 'revoked'])
})

it('a revocation elsewhere ends all within one lease', async () => {
  const { watch } = watchesOf(async () => null)
  const streams = [watch(ENV, 'hash', never), watch(ENV, 'hash', never)]
  let seconds = 0
  for (; streams.some((stream) => stream.check() === null); seconds++) {
    pass(1_000)
    await settle()
  }
  expect(streams.map((stream) => stream.check())).toEqual(['revoked', 'revoked'])
  expect(seconds * 1_000).toBeLessThanOrEqual(LEASE_MS)
})

it.each([
  ['fails', () => Promise.reject(new Error('the store is away'))],
  ['hangs', () => new Promise<never>(() => undefined)],
])(
  'a store that %s ends all with the lease, and says that nobody was revoked',
  async (_how, answer) => {
    const { asked, watch } = watchesOf(answer)
    const stream = watch(ENV, 'hash', never)
    for (let second = 1; second < 5; second++) {
      pass(1_000)
      expect(stream.check()).toBeNull()
      await settle()
    }
    pass(1_000)
    expect(stream.check()).toBe('unverified')
    expect(asked.length).toBeGreaterThan(1)
  },
)

it('a question whose request has ended is asked again by another stream', async () => {
  let tries = 0
  const { asked, watch } = watchesOf(() =>
    tries++ === 0 ? new Promise<never>(() => undefined) : Promise.resolve('owner'),
  )
  const [first, second] = [watch(ENV, 'hash', never), watch(ENV, 'hash', never)]
  pass(2_000)
  first.check()
  first.stop()
  second.check()
  expect(asked).toHaveLength(1)
  pass(1_000)
  second.check()
  await settle()
  expect(asked).toHaveLength(2)
  pass(2_500)
  expect(second.check()).toBeNull()
})

it('a credential that expires ends without a question', () => {
  const { asked, watch } = watchesOf(async () => 'owner')
  let hasEnded = false
  const stream = watch(ENV, 'hash', () => hasEnded)
  expect(stream.check()).toBeNull()
  hasEnded = true
  expect(stream.check()).toBe('revoked')
  expect(asked).toEqual([])
})

it('a credential whose lease has ended before its answer began is asked about first', async () => {
  const { asked, watch } = watchesOf(async () => 'owner')
  pass(30_000)
  const stream = watch(ENV, 'hash', never)
  expect(stream.check()).toBeNull()
  await settle()
  expect(asked).toHaveLength(1)
  pass(2_500)
  expect(stream.check()).toBeNull()
})
