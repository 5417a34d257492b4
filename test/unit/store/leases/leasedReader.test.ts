/** A reader that asks each time, and one whose verdicts are stretched while the store is away. */
import { beforeEach, describe, expect, it, vi } from 'vitest'
import { Problem } from '../../../../src/http/problem.ts'
import type { Env } from '../../../../src/store/env.ts'
import { createLeasedReader } from '../../../../src/store/leases/leasedReader.ts'
import { createLeases } from '../../../../src/store/leases/leases.ts'

const ENV = {} as Env
const OWNER = { accountId: 'acc' }

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date'], now: 1_000_000 })
  return () => void vi.useRealTimers()
})

const pass = (ms: number) => vi.setSystemTime(Date.now() + ms)

function readerOf(leaseMs: number, stretchMs: number) {
  const store = { isDown: false, reads: 0, held: null as Promise<void> | null }
  const leases = createLeases<typeof OWNER>({ leaseMs, unknownMs: Math.min(leaseMs, 2_000) })
  const reader = createLeasedReader(leases, { leaseMs, stretchMs }, async () => {
    store.reads += 1
    await store.held
    if (store.isDown) throw new Problem('service_unavailable')
    return OWNER
  })
  const background: Promise<unknown>[] = []
  const find = async (before?: () => void) =>
    reader.find(ENV, 'hash', (work) => background.push(work), before)
  const settled = () => Promise.all(background.splice(0))
  return { store, leases, find, settled }
}

describe('a lease of 0', () => {
  it('asks the store for each request, also for those at the same time', async () => {
    const { store, find } = readerOf(0, 0)
    for (let n = 0; n < 3; n++) expect(await find()).toEqual(OWNER)
    expect(store.reads).toBe(3)
    await Promise.all([find(), find()])
    expect(store.reads).toBe(5)
  })

  it('refuses at once what has ended, and fails when the store fails', async () => {
    const { store, leases, find } = readerOf(0, 0)
    expect(await find()).toEqual(OWNER)
    leases.evict('hash', Date.now())
    expect(await find()).toBeNull()
    store.isDown = true
    await expect(find()).rejects.toMatchObject({ code: 'service_unavailable' })
  })
})

describe('a store that does not answer', () => {
  it('lets verdicts end with their lease, if none is stretched', async () => {
    const { store, find, settled } = readerOf(5_000, 0)
    await find()
    store.isDown = true
    pass(4_999)
    expect(await find()).toEqual(OWNER)
    await settled()
    pass(1)
    await expect(find()).rejects.toMatchObject({ code: 'service_unavailable' })
  })

  it('has verdicts trusted for the stretch, and no longer', async () => {
    const { store, find, settled } = readerOf(5_000, 30_000)
    await find()
    store.isDown = true
    for (let second = 1; second < 35; second++) {
      pass(1_000)
      expect(await find(), `after ${second} s`).toEqual(OWNER)
      await settled()
    }
    pass(1_000)
    await expect(find()).rejects.toMatchObject({ code: 'service_unavailable' })
  })

  it('makes only the first request wait: then it is asked in the background', async () => {
    const { store, find, settled } = readerOf(5_000, 30_000)
    await find()
    store.isDown = true
    pass(6_000)
    expect(await find()).toEqual(OWNER)
    const { promise, resolve } = Promise.withResolvers<void>()
    store.held = promise
    pass(1_000)
    expect(await find(), 'while a read hangs').toEqual(OWNER)
    resolve()
    await settled()
  })

  it('has no verdict trusted that has ended, or whose account has changed', async () => {
    for (const how of ['end', 'change'] as const) {
      const { store, leases, find } = readerOf(5_000, 30_000)
      await find()
      store.isDown = true
      pass(6_000)
      expect(await find()).toEqual(OWNER)
      if (how === 'end') leases.evict('hash', Date.now())
      else leases.forgetOwner('acc', Date.now())
      if (how === 'end') expect(await find()).toBeNull()
      else await expect(find()).rejects.toMatchObject({ code: 'service_unavailable' })
    }
  })

  it('stretches nothing once the store answers again, and no other failure', async () => {
    const { store, find, settled } = readerOf(5_000, 30_000)
    await find()
    store.isDown = true
    pass(6_000)
    await find()
    store.isDown = false
    pass(1_000)
    await find()
    await settled()
    const { reads } = store
    pass(5_000)
    const refuse = () => {
      throw new Problem('rate_limit_exceeded')
    }
    await expect(find(refuse)).rejects.toMatchObject({ code: 'rate_limit_exceeded' })
    expect(store.reads).toBe(reads)
  })
})

it('a row that was read across a change of its account is read again, and never kept', async () => {
  const { store, leases, find } = readerOf(5_000, 0)
  const { promise, resolve } = Promise.withResolvers<void>()
  store.held = promise
  const found = find()
  await Promise.resolve()
  pass(10)
  leases.forgetOwner('acc', Date.now())
  expect(leases.peek('hash', Date.now())).toBeUndefined()
  pass(1)
  store.held = null
  resolve()
  expect(await found).toEqual(OWNER)
  expect(store.reads).toBe(2)
  expect(leases.peek('hash', Date.now())?.from).toBe(Date.now())
})
