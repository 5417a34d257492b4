/** Limits of client addresses: each address, and wider ones of the group around it. */
import { describe, expect, it } from 'vitest'
import { addressKey } from '../../../src/http/address.ts'
import { createAddressWindows, GROUP_FACTOR } from '../../../src/limits/addressWindows.ts'

const LIMITS = [{ name: 'few', count: 3, windowMs: 60_000 }]
const WORKERS = '2a06:98c0:3600::103'

/** How many of `tries` requests of an address are let pass. */
function admitted(
  windows = createAddressWindows(),
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
    expect(admitted(createAddressWindows(), address)).toBe(3)
  })

  it('of one /64 does not count for the next, but a /48 has ten times as much and no more', () => {
    const windows = createAddressWindows()
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
    const windows = createAddressWindows()
    for (let n = 0; n < 50; n++) expect(admitted(windows, `203.0.113.${n}`)).toBe(3)
  })

  it('that is refused takes nothing from its group', () => {
    const windows = createAddressWindows()
    admitted(windows, '2001:db8:1:1::1', { tries: 1_000 })
    expect(admitted(windows, '2001:db8:1:2::1')).toBe(3)
  })

  it('gets back what it was given, for its group too', () => {
    const windows = createAddressWindows()
    const key = addressKey('2001:db8:1:1::1')
    for (let n = 0; n < 100; n++) {
      expect(windows.take(key, LIMITS, 0).admitted).toBe(true)
      windows.giveBack(key, LIMITS, 0)
    }
  })
})

describe('Workers, which share one address', () => {
  it('are counted by their zone: one does not turn another off', () => {
    const windows = createAddressWindows()
    expect(admitted(windows, WORKERS, { zone: 'evil.example', tries: 1_000 })).toBe(3)
    expect(admitted(windows, WORKERS, { zone: 'EVIL.example' })).toBe(0)
    expect(admitted(windows, WORKERS, { zone: 'agent.example' })).toBe(3)
  })

  it('have a ceiling all together', () => {
    const windows = createAddressWindows()
    let all = 0
    for (let n = 0; n < 50; n++) all += admitted(windows, WORKERS, { zone: `zone${n}.example` })
    expect(all).toBe(3 * GROUP_FACTOR)
  })

  it('at other addresses gain nothing by naming a zone', () => {
    for (const address of ['203.0.113.7', '2a06:98c0:3600::104']) {
      const windows = createAddressWindows()
      expect(admitted(windows, address, { zone: 'one.example' })).toBe(3)
      expect(admitted(windows, address, { zone: 'two.example' })).toBe(0)
    }
  })

  it('without a readable zone share one', () => {
    const windows = createAddressWindows()
    expect(admitted(windows, WORKERS)).toBe(3)
    for (const zone of ['', 'a b', 'a\nb', 'z'.repeat(300)])
      expect(admitted(windows, WORKERS, { zone })).toBe(0)
  })
})
