/** All that is open with one credential shares one verdict, and one question to the store. */
import { beforeEach, describe, expect, it, vi } from 'vitest'
import type { Env } from '../../../../src/store/env.ts'
import type { Listener } from '../../../../src/store/leases/changes.ts'
import { createLeases, type Verdict } from '../../../../src/store/leases/leases.ts'
import { createWatches } from '../../../../src/store/leases/watches.ts'
import { quietFeed } from '../../../support/worker/quietFeed.ts'

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
  return {
    leases,
    asked,
    watch: createWatches(leases, { leaseMs: LEASE_MS, stretchMs: 0 }, ask, quietFeed),
  }
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

/** Watches of an account's credential, which an object tells of all changes while `state.isUp`. */
function toldWatches({ leaseMs = LEASE_MS, stretchMs = 0 } = {}) {
  const state = { isUp: true, isReadable: true, knownUntil: 0, listening: 0 }
  const owner = { accountId: 'acc' }
  const leases = createLeases<typeof owner>({ leaseMs, unknownMs: 0 })
  leases.record('hash', { value: owner, from: Date.now() })
  const asked: number[] = []
  const ask = async (): Promise<Verdict<typeof owner>> => {
    const from = Date.now()
    asked.push(from)
    if (!state.isReadable) throw new Error('the store is away')
    const verdict = { value: owner, from }
    return leases.record('hash', verdict) ?? verdict
  }
  const feed = {
    knownUntil: () => state.knownUntil,
    listen(): Listener {
      state.listening += 1
      return {
        keep(now) {
          if (state.isUp) state.knownUntil = now
          return state.isUp
        },
        stop() {
          state.listening -= 1
        },
      }
    },
  }
  const watch = createWatches(leases, { leaseMs, stretchMs }, ask, feed)
  return { state, leases, asked, stream: watch(ENV, 'hash', never) }
}

describe('an object that tells of all changes', () => {
  it('keeps an hour-long stream alive with 30 questions to the store', async () => {
    const { asked, stream } = toldWatches()
    for (let second = 0; second < 3_600; second++) {
      pass(1_000)
      if (stream.check() !== null) throw new Error(`ended at ${second} s`)
      await settle()
    }
    expect(asked.length).toBeGreaterThan(25)
    expect(asked.length).toBeLessThanOrEqual(30)
  })

  it('keeps it alive while the store does not answer', async () => {
    const { state, stream } = toldWatches()
    state.isReadable = false
    for (let second = 0; second < 600; second++) {
      pass(1_000)
      expect(stream.check()).toBeNull()
      await settle()
    }
  })

  it('and then does not: the store is asked, and no lease is lost', async () => {
    const { state, asked, stream } = toldWatches()
    for (let second = 0; second < 60; second++) {
      if (second === 10) state.isUp = false
      pass(1_000)
      expect(stream.check()).toBeNull()
      await settle()
    }
    expect(asked.length).toBeGreaterThan(15)
  })

  it('and then neither it nor the store answers: what is open ends unverified, with its lease', () => {
    const { state, stream } = toldWatches()
    state.isUp = false
    state.isReadable = false
    let seconds = 0
    for (; stream.check() === null; seconds++) pass(1_000)
    expect(stream.check()).toBe('unverified')
    expect(seconds * 1_000).toBe(LEASE_MS)
  })

  it('ends what is open at the next check after an end', async () => {
    const { leases, stream } = toldWatches()
    leases.evict('hash', Date.now())
    // The refusal itself is leased for no time here.
    pass(1)
    expect(stream.check()).toBe('revoked')
  })

  it('has the store asked at once when the account has changed, and until it answers', async () => {
    const { state, leases, asked, stream } = toldWatches()
    pass(1_000)
    leases.forgetOwner('acc', Date.now())
    state.isReadable = false
    for (let check = 0; check < 3; check++) {
      pass(1_000)
      expect(stream.check()).toBeNull()
      await settle()
    }
    expect(asked).toHaveLength(3)
    pass(1_000)
    stream.check()
    pass(1_000)
    expect(stream.check(), 'the object cannot vouch for what was read before').toBe('unverified')
  })

  it('is listened to until the end of what is open', () => {
    const { state, stream } = toldWatches()
    pass(2_000)
    stream.check()
    expect(state.listening).toBe(1)
    stream.stop()
    stream.stop()
    expect(state.listening).toBe(0)
  })
})

it('with a lease of 0 what is open has a lease of a second', () => {
  const { state, stream } = toldWatches({ leaseMs: 0 })
  expect(stream.everyMs).toBe(200)
  state.isUp = false
  state.isReadable = false
  let checks = 0
  for (; stream.check() === null; checks++) pass(200)
  expect(stream.check()).toBe('unverified')
  // Nothing was leased when it began, so a part of the second has passed.
  expect(checks).toBe(3)
})

it('a stretch holds what is open for so much longer while nobody can be asked', () => {
  const { state, stream } = toldWatches({ stretchMs: 30_000 })
  state.isUp = false
  state.isReadable = false
  let seconds = 0
  for (; stream.check() === null; seconds++) pass(1_000)
  expect(seconds).toBe(35)
})
