/** The memory for bodies: bounded in all, and for each holder. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { createBodyHolds, createHold } from '../../../../src/http/bodies/hold.ts'

beforeEach(() => void vi.useFakeTimers({ toFake: ['Date'], now: 0 }))
afterEach(() => void vi.useRealTimers())

describe('a hold', () => {
  it('is bounded in all and for each holder, and takes nothing where it refuses', () => {
    const hold = createHold(100, 60)
    const [a, alsoA, b] = [hold.share('a'), hold.share('a'), hold.share('b')]
    expect([a.take(50), alsoA.take(11), alsoA.take(10), b.take(41), b.take(40)]).toEqual([
      true,
      false,
      true,
      false,
      true,
    ])
    a.release()
    a.release()
    expect([alsoA.take(51), alsoA.take(50)]).toEqual([false, true])
  })

  it('gets back what requests took that the platform has ended, when somebody needs it', () => {
    const hold = createHold(100)
    const [dead, slow, next] = [hold.share('a'), hold.share('b'), hold.share('c')]
    dead.take(50)
    slow.take(40)
    vi.setSystemTime(100_000)
    slow.take(10)
    vi.setSystemTime(179_999)
    expect(next.take(50)).toBe(false)
    vi.setSystemTime(180_000)
    expect([next.take(50), next.take(1)]).toEqual([true, false])
    dead.release()
    expect(next.take(1), 'nothing is given back twice').toBe(false)
  })

  /** Bodies that callers read, and whose cuts are recorded. */
  function givenIn(hold: ReturnType<typeof createHold>) {
    const cut: string[] = []
    const give = (holder: string, bytes: number) => {
      const share = hold.share(holder)
      expect(share.take(bytes)).toBe(true)
      const free = share.give(() => void cut.push(`${bytes} of ${holder}`))
      share.release() // by the request, which has its answer
      return free
    }
    return { cut, give }
  }

  it('has a body that is read slowly cut when somebody needs its memory, the oldest first', () => {
    const hold = createHold(100, 60)
    const { cut, give } = givenIn(hold)
    const free = give('a', 30)
    vi.setSystemTime(1_000)
    give('b', 29)
    give('a', 28)
    const next = hold.share('c')
    vi.setSystemTime(4_999)
    expect([next.take(20), cut], 'nobody has had 5 s').toEqual([false, []])
    vi.setSystemTime(6_000)
    expect([next.take(20), cut], 'one is enough').toEqual([false, ['30 of a']])
    free()
    free()
    expect([next.take(20), next.take(24), cut.length]).toEqual([true, false, 2])
  })

  it('has only bodies of the holder cut that lacks room of its own', () => {
    const hold = createHold(100, 40)
    const { cut, give } = givenIn(hold)
    for (const holder of ['a', 'b']) give(holder, 30)
    vi.setSystemTime(5_000)
    expect([hold.share('b').take(20), cut]).toEqual([false, ['30 of b']])
  })

  it('gets the memory of a body back that was cut, and whose request has died', () => {
    const hold = createHold(100)
    const { cut, give } = givenIn(hold)
    give('a', 100)
    const next = hold.share('b')
    vi.setSystemTime(5_000)
    expect([next.take(90), cut.length]).toEqual([false, 1])
    vi.setSystemTime(7_999)
    expect(next.take(90)).toBe(false)
    vi.setSystemTime(8_000)
    expect(next.take(90)).toBe(true)
  })

  it('has a body cut that was read for too long, and gets its memory back once', () => {
    const hold = createHold(100)
    const { cut, give } = givenIn(hold)
    const free = give('a', 100)
    vi.setSystemTime(180_000)
    const next = hold.share('b')
    expect([next.take(90), cut]).toEqual([true, ['100 of a']])
    free()
    expect(hold.share('c').take(20)).toBe(false)
  })
})

it('an isolate never holds more than 36 MiB of bodies and answers, whoever sends or buys them', () => {
  const { accounts, strangers, answers } = createBodyHolds(65_536)
  const heldBy = (hold: typeof answers, size: number): number => {
    let bytes = 0
    for (let n = 0; n < 1_000; n++) if (hold.share(`holder ${n}`).take(size)) bytes += size
    return bytes
  }
  const all = heldBy(accounts, 1_048_576) + heldBy(strangers, 65_536) + heldBy(answers, 1_048_576)
  expect(all).toBe(36 * 1_048_576)
})
