/** Limits of client addresses: each address, and wider ones of the group around it. */
import { describe, expect, it } from 'vitest'
import { addressKey } from '../../../src/http/address.ts'
import {
  type AddressWindow,
  createAddressWindows,
  GROUP_FACTOR,
  isNews,
  limitsOfAddress,
  reportOf,
} from '../../../src/limits/addressWindows.ts'
import type { Limit } from '../../../src/limits/limit.ts'

const LIMITS = [{ name: 'few', count: 3, windowMs: 60_000 }]
/** Windows whose limits are those of an address key. */
function newWindows(maxBytes?: number) {
  const windows = createAddressWindows(maxBytes)
  const of = (address: string, limits: readonly Limit[]) => limitsOfAddress('kind', address, limits)
  return {
    windows,
    take: (address: string, limits: readonly Limit[], now: number) =>
      windows.take(of(address, limits), now, null),
    giveBack: (address: string, limits: readonly Limit[], now: number) =>
      windows.giveBack(of(address, limits), now),
    isFull: (address: string, limits: readonly Limit[], now: number) =>
      !windows.look(of(address, limits), now).admitted,
  }
}

const WORKERS = '2a06:98c0:3600::103'

/** How many of `tries` requests of an address are let pass. */
function admitted(
  windows = newWindows(),
  address: string,
  { tries = 5, zone }: { tries?: number; zone?: string } = {},
): number {
  let count = 0
  for (let n = 0; n < tries; n++)
    if (windows.take(addressKey(address, zone), LIMITS, 0).admitted) count++
  return count
}

describe('an address', () => {
  it.each(['203.0.113.7', '2001:db8:1:2::1', 'nothing that is an address'])('%s', (address) => {
    expect(admitted(newWindows(), address)).toBe(3)
  })

  it('of one /64 does not count for the next, but a /48 has ten times as much and no more', () => {
    const windows = newWindows()
    let all = 0
    for (let n = 0; n < 30; n++) all += admitted(windows, `2001:db8:1:${n.toString(16)}::1`)
    expect(all).toBe(3 * GROUP_FACTOR)
    const key = addressKey('2001:db8:1:ff::1')
    expect(windows.isFull(key, LIMITS, 0)).toBe(true)
    expect(windows.take(key, LIMITS, 20_000)).toMatchObject({
      admitted: false,
      retryAfterMs: 40_000,
    })
    expect(admitted(windows, '2001:db8:2:1::1'), 'another /48').toBe(3)
    expect(windows.isFull(key, LIMITS, 60_000)).toBe(false)
  })

  it('of IPv4 has no group: a whole /24 is not turned off by one of it', () => {
    const windows = newWindows()
    for (let n = 0; n < 50; n++) expect(admitted(windows, `203.0.113.${n}`)).toBe(3)
  })

  it('that is refused takes nothing from its group', () => {
    const windows = newWindows()
    admitted(windows, '2001:db8:1:1::1', { tries: 1_000 })
    expect(admitted(windows, '2001:db8:1:2::1')).toBe(3)
  })

  it('gets back what it was given, for its group too', () => {
    const windows = newWindows()
    const key = addressKey('2001:db8:1:1::1')
    for (let n = 0; n < 100; n++) {
      expect(windows.take(key, LIMITS, 0).admitted).toBe(true)
      windows.giveBack(key, LIMITS, 0)
    }
  })
})

describe('Workers, which share one address', () => {
  it('are counted by their zone: one does not turn another off', () => {
    const windows = newWindows()
    expect(admitted(windows, WORKERS, { zone: 'evil.example', tries: 1_000 })).toBe(3)
    expect(admitted(windows, WORKERS, { zone: 'EVIL.example' })).toBe(0)
    expect(admitted(windows, WORKERS, { zone: 'agent.example' })).toBe(3)
  })

  it('have a ceiling all together', () => {
    const windows = newWindows()
    let all = 0
    for (let n = 0; n < 50; n++) all += admitted(windows, WORKERS, { zone: `zone${n}.example` })
    expect(all).toBe(3 * GROUP_FACTOR)
  })

  it('at other addresses gain nothing by naming a zone', () => {
    for (const address of ['203.0.113.7', '2a06:98c0:3600::104']) {
      const windows = newWindows()
      expect(admitted(windows, address, { zone: 'one.example' })).toBe(3)
      expect(admitted(windows, address, { zone: 'two.example' })).toBe(0)
    }
  })

  it('without a readable zone share one', () => {
    const windows = newWindows()
    expect(admitted(windows, WORKERS)).toBe(3)
    for (const zone of ['', 'a b', 'a\nb', 'z'.repeat(300)])
      expect(admitted(windows, WORKERS, { zone })).toBe(0)
  })
})

describe('news for the objects', () => {
  const limit = { name: 'many', count: 100, windowMs: 60_000 }
  const limits = limitsOfAddress('kind', '203.0.113.7', [limit])

  /** Counts requests, and returns the window. */
  function counted(windows: ReturnType<typeof createAddressWindows>, times: number, now = 0) {
    let last: AddressWindow | null = null
    for (let n = 0; n < times; n++)
      windows.take(limits, now, (window) => {
        last = window
      })
    if (last === null) throw new Error('nothing was counted')
    return last as AddressWindow
  }

  it('is a twentieth of the limit, and every request of a window that is nearly full', () => {
    const windows = createAddressWindows()
    expect(isNews(counted(windows, 4))).toBe(false)
    const window = counted(windows, 1)
    expect(isNews(window)).toBe(true)
    expect(reportOf(window, 1_000)).toMatchObject({ requests: 5, window: 0, ageMs: 1_000 })
    expect(isNews(window)).toBe(false)
    expect(reportOf(window, 1_000), 'nothing twice').toBeNull()
    counted(windows, 75)
    reportOf(window, 0)
    expect(isNews(counted(windows, 1))).toBe(true)
  })

  it('is never a window that has ended, and never what a refused request would have been', () => {
    const windows = createAddressWindows()
    const window = counted(windows, 100)
    expect(windows.take(limits, 0, () => expect.fail('was counted')).admitted).toBe(false)
    expect(window.used).toBe(100)
    expect(reportOf(window, 60_000)).toBeNull()
  })

  it('is a negative number if more was given back than let through since', () => {
    const windows = createAddressWindows()
    const window = counted(windows, 20)
    reportOf(window, 0)
    for (let n = 0; n < 20; n++) windows.giveBack(limits, 0)
    expect(isNews(window)).toBe(true)
    expect(reportOf(window, 0)).toMatchObject({ requests: -20 })
  })

  it('comes back as the count of all isolates, and makes a window full', () => {
    const windows = createAddressWindows()
    const window = counted(windows, 7)
    const name = window.name
    windows.learn([{ name, window: 9, used: 93, ageMs: 30_000 }], limits, 1_000, 1_000)
    expect(windows.look(limits, 1_000)).toMatchObject({ admitted: false, retryAfterMs: 30_000 })
    windows.learn([{ name, window: 9, used: 50, ageMs: 30_000 }], limits, 1_000, 1_000)
    expect(windows.look(limits, 1_000).admitted, 'an answer that was overtaken').toBe(false)
  })
})

it('a flood of addresses takes no more than the stated memory', () => {
  const windows = newWindows(100_000)
  for (let n = 0; n < 5_000; n++) windows.take(addressKey(`2001:db8:${n}::1`), LIMITS, 0)
  expect(windows.windows.bytes).toBeLessThanOrEqual(100_000)
  expect(windows.windows.bytes).toBeGreaterThan(90_000)
  windows.take('203.0.113.7', LIMITS, 100_000)
  expect(windows.windows.bytes, 'ended windows go').toBeLessThan(1_000)
})
