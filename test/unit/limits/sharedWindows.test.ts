/** One account's windows in one isolate, and what the account's object makes of them. */
import { describe, expect, it } from 'vitest'
import type { Limit } from '../../../src/limits/limit.ts'
import { createSharedWindows } from '../../../src/limits/sharedWindows.ts'

const READ: Limit = { name: 'read', count: 10, windowMs: 1_000 }
const DAY: Limit = { name: 'day', count: 3, windowMs: 86_400_000 }

/** Windows that have let `count` requests through at `now`. */
function countedUp(count: number, now = 5_000) {
  const windows = createSharedWindows()
  for (let n = 0; n < count; n++) expect(windows.take([READ], now).admitted).toBe(true)
  return windows
}

const leftOf = (windows: ReturnType<typeof countedUp>, now: number) =>
  windows.look([READ], now).states[0]?.remaining

describe('an isolate alone', () => {
  it('counts exactly, and refuses until the window ends', () => {
    const windows = countedUp(10)
    expect(windows.take([READ], 5_400)).toMatchObject({ admitted: false, retryAfterMs: 600 })
    expect(windows.take([READ], 5_999).admitted).toBe(false)
    expect(windows.take([READ], 6_000)).toMatchObject({ admitted: true })
  })

  it('counts a refused request against none of its limits', () => {
    const windows = createSharedWindows()
    for (let n = 0; n < 3; n++) windows.take([READ, DAY], 5_000)
    for (let n = 0; n < 5; n++) expect(windows.take([READ, DAY], 5_000).admitted).toBe(false)
    expect(leftOf(windows, 5_000)).toBe(7)
  })

  it('says what is left after the request, as the headers tell it', () => {
    const { states } = createSharedWindows().take([READ], 5_000)
    expect(states).toEqual([{ limit: READ, remaining: 9, resetMs: 1_000 }])
  })
})

describe('a report', () => {
  it('tells each request once', () => {
    const windows = countedUp(4)
    expect(windows.report(5_100)).toEqual([{ limit: READ, window: 0, ageMs: 100, requests: 4 }])
    expect(windows.report(5_200)).toEqual([])
    windows.take([READ], 5_300)
    expect(windows.report(5_300)).toMatchObject([{ requests: 1 }])
  })

  it('leaves out windows that have ended', () => {
    expect(countedUp(4).report(6_000)).toEqual([])
  })

  it('is urgent for a new window, and for one that is nearly full', () => {
    const windows = createSharedWindows()
    const urgent: number[] = []
    for (let n = 1; n <= 10; n++) {
      windows.take([READ], 5_000)
      if (windows.isUrgent([READ])) urgent.push(n)
    }
    expect(urgent).toEqual([1, 8, 9, 10])
    windows.report(5_000)
    expect(windows.isUrgent([READ])).toBe(false)
  })
})

describe('what the object knows', () => {
  it('counts here too: the requests of other isolates, and those that are in no report yet', () => {
    const windows = countedUp(2)
    windows.report(5_000)
    windows.take([READ], 5_050)
    windows.learn([{ name: 'read', window: 77, used: 6, ageMs: 0 }], [], 5_000, 5_100)
    expect(leftOf(windows, 5_100)).toBe(3)
    expect(windows.report(5_100)).toMatchObject([{ window: 77, requests: 1 }])
  })

  it('ends the window when it ends for all', () => {
    const windows = countedUp(1, 5_000)
    windows.report(5_000)
    windows.learn([{ name: 'read', window: 77, used: 10, ageMs: 400 }], [], 5_000, 5_010)
    expect(windows.take([READ], 5_599)).toMatchObject({ admitted: false, retryAfterMs: 1 })
    expect(windows.take([READ], 5_600).admitted).toBe(true)
  })

  it('says of a strict window when it has ended for the object too, however late it has answered', () => {
    const strict: Limit = { name: 'write', count: 1, windowMs: 60_000, isStrict: true }
    const known = { name: 'write', window: 7, used: 1, ageMs: 30_000 }
    const windows = createSharedWindows()
    // Asked at 5,000, and answered 400 ms later: it began 30 s before that, or up to 400 ms later.
    windows.learn([known], [strict], 5_000, 5_400)
    expect(windows.look([strict], 10_000)).toMatchObject({ admitted: false, retryAfterMs: 25_400 })
    expect(windows.look([strict], 35_000).admitted, 'the object is asked').toBe(true)
    windows.learn([{ ...known, window: 8, ageMs: 0 }], [strict], 70_000, 70_400)
    expect(windows.look([strict], 70_400), 'never longer than the window').toMatchObject({
      retryAfterMs: 60_000,
    })
  })

  it('is never less than what was known before, in whatever order answers come', () => {
    const windows = countedUp(1)
    windows.report(5_000)
    windows.learn([{ name: 'read', window: 77, used: 8, ageMs: 0 }], [], 5_000, 5_020)
    windows.learn([{ name: 'read', window: 77, used: 5, ageMs: 0 }], [], 5_000, 5_030)
    expect(leftOf(windows, 5_030)).toBe(2)
  })

  it('of a window after one that it has lost is all that counts, and is not overtaken', () => {
    const windows = countedUp(9)
    windows.report(5_000)
    windows.learn([{ name: 'read', window: 77, used: 9, ageMs: 0 }], [], 5_000, 5_010)
    expect(windows.take([READ], 5_200).admitted).toBe(true)
    windows.learn([{ name: 'read', window: 88, used: 3, ageMs: 0 }], [], 5_300, 5_310)
    expect(leftOf(windows, 5_310), 'one of them is in no report').toBe(6)
    windows.learn([{ name: 'read', window: 77, used: 10, ageMs: 290 }], [], 5_290, 5_320)
    expect(leftOf(windows, 5_320)).toBe(6)
  })

  it('does not reach into a later window', () => {
    const windows = createSharedWindows()
    windows.learn([{ name: 'read', window: 77, used: 10, ageMs: 0 }], [READ], 5_000, 6_000)
    expect(windows.take([READ], 6_000).admitted).toBe(true)
  })

  it('of a limit that this isolate has never counted is kept if the limit is given', () => {
    const windows = createSharedWindows()
    const known = [{ name: 'day', window: 77, used: 3, ageMs: 1_000 }]
    windows.learn(known, [], 5_000, 5_000)
    expect(windows.look([DAY], 5_000).admitted).toBe(true)
    windows.learn(known, [DAY], 5_000, 5_000)
    expect(windows.look([DAY], 5_000)).toMatchObject({
      admitted: false,
      retryAfterMs: 86_399_000,
    })
  })
})
