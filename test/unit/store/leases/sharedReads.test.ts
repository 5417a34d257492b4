/** Reads that requests share: one question at a time, and nobody waits for ever. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { Problem } from '../../../../src/http/problem.ts'
import { createLeasedReader } from '../../../../src/store/leases/leasedReader.ts'
import { createLeases } from '../../../../src/store/leases/leases.ts'
import { createSharedReads } from '../../../../src/store/leases/sharedReads.ts'
import { env } from '../../../support/worker/gateway.ts'

beforeEach(() => void vi.useFakeTimers({ toFake: ['Date', 'setTimeout', 'clearTimeout'], now: 1 }))
afterEach(() => void vi.useRealTimers())

/** A store whose answers come when the test says so. */
function heldStore() {
  const asked: PromiseWithResolvers<string>[] = []
  const read = () => {
    const held = Promise.withResolvers<string>()
    asked.push(held)
    return held.promise
  }
  return { asked, read }
}

/** Work that a request has handed to `waitUntil`. */
function request() {
  const kept: Promise<unknown>[] = []
  return { kept, waitUntil: (work: Promise<unknown>) => void kept.push(work) }
}

describe('requests that ask the same at the same time', () => {
  it('share one read, which goes on when its own caller has gone', async () => {
    const { asked, read } = heldStore()
    const shared = createSharedReads<string>()
    const [first, others] = [request(), request()]
    const answers = [shared('a', read, first.waitUntil)]
    for (let n = 0; n < 99; n++) answers.push(shared('a', read, others.waitUntil))
    expect(asked).toHaveLength(1)
    expect([first.kept.length, others.kept.length]).toEqual([1, 0])
    asked[0]?.resolve('yes')
    expect(new Set(await Promise.all(answers))).toEqual(new Set(['yes']))
    await Promise.all(first.kept)
    const again = shared('a', read, first.waitUntil)
    expect(asked, 'nothing is kept but what is under way').toHaveLength(2)
    asked[1]?.resolve('no')
    expect(await again).toBe('no')
  })

  it('about something else have a read of their own', () => {
    const { asked, read } = heldStore()
    const shared = createSharedReads<string>()
    void shared('a', read, request().waitUntil)
    void shared('b', read, request().waitUntil)
    expect(asked).toHaveLength(2)
  })

  it('share a failure, and the next one asks again', async () => {
    const { asked, read } = heldStore()
    const shared = createSharedReads<string>()
    const first = request()
    const failed = [1, 2, 3].map(() => shared('a', read, first.waitUntil).catch((error) => error))
    asked[0]?.reject(new Problem('service_unavailable'))
    for (const error of await Promise.all(failed))
      expect(error).toMatchObject({ code: 'service_unavailable' })
    await Promise.all(first.kept)
    void shared('a', read, first.waitUntil)
    expect(asked).toHaveLength(2)
  })

  it('do not wait for a read that never ends: one of them reads again for all', async () => {
    const { asked, read } = heldStore()
    const shared = createSharedReads<string>()
    void shared('a', read, request().waitUntil)
    const waiting = Array.from({ length: 10 }, () => shared('a', read, request().waitUntil))
    await vi.advanceTimersByTimeAsync(1_000)
    expect(asked).toHaveLength(2)
    asked[1]?.resolve('yes')
    expect(await Promise.all(waiting)).toEqual(Array(10).fill('yes'))
  })

  it('read for themselves if that one does not end either', async () => {
    const { asked, read } = heldStore()
    const shared = createSharedReads<string>()
    void shared('a', read, request().waitUntil)
    const waiting = [1, 2, 3].map(() => shared('a', read, request().waitUntil))
    await vi.advanceTimersByTimeAsync(2_000)
    for (const one of asked.slice(2)) one.resolve('yes')
    expect(await Promise.all(waiting.slice(1))).toEqual(['yes', 'yes'])
  })
})

describe('a leased reader', () => {
  function readerOf(read: () => Promise<string>) {
    const leases = createLeases<string>({ leaseMs: 5_000, unknownMs: 2_000 })
    return { leases, reader: createLeasedReader(leases, { leaseMs: 5_000, stretchMs: 0 }, read) }
  }

  it('counts a read before it starts, once for all who share it, and none that is refused', async () => {
    const { asked, read } = heldStore()
    const { reader } = readerOf(read)
    let counted = 0
    const count = () => {
      counted += 1
      if (counted > 1) throw new Problem('rate_limit_exceeded')
    }
    const { waitUntil } = request()
    const answers = [1, 2, 3].map(() => reader.find(env, 'a', waitUntil, count))
    expect([counted, asked.length]).toEqual([1, 1])
    const refused = Promise.resolve(reader.find(env, 'b', waitUntil, count))
    await expect(refused).rejects.toMatchObject({ code: 'rate_limit_exceeded' })
    expect(asked).toHaveLength(1)
    asked[0]?.resolve('yes')
    expect(await Promise.all(answers)).toEqual(['yes', 'yes', 'yes'])
    expect(reader.find(env, 'a', waitUntil, count), 'leased').toBe('yes')
    expect(counted).toBe(2)
  })

  it('refuses all who share a read that began before the credential was revoked here', async () => {
    const { asked, read } = heldStore()
    const { leases, reader } = readerOf(read)
    const { waitUntil } = request()
    const answers = [1, 2].map(() => reader.find(env, 'a', waitUntil))
    leases.evict('a', Date.now())
    asked[0]?.resolve('owner')
    expect(await Promise.all(answers)).toEqual([null, null])
  })
})
