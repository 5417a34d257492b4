/**
 * Counts requests of client addresses: each address against the limits, and each wider group of
 * addresses against limits that are wider by a factor.
 */
import { addressGroup } from '../http/address.ts'
import { memoize } from '../lib/memoize.ts'
import type { Limit } from './limit.ts'
import { createWindows, type Windows } from './windows.ts'

/** The limit of a group (an IPv6 /48, all Workers) is this many times that of one address. */
export const GROUP_FACTOR = 10

const groupLimits = memoize((limits: readonly Limit[]) =>
  limits.map((limit) => ({ ...limit, count: limit.count * GROUP_FACTOR })),
)

/** Returns an empty store of windows whose subjects are address keys (http/address.ts). */
export function createAddressWindows(): Windows {
  const addresses = createWindows()
  const groups = createWindows()

  return {
    take(address, limits, now) {
      const group = addressGroup(address)
      if (group === null) return addresses.take(address, limits, now)
      const wider = groupLimits(limits)
      if (groups.isFull(group, wider, now)) return groups.take(group, wider, now)
      const counted = addresses.take(address, limits, now)
      if (counted.admitted) groups.take(group, wider, now)
      return counted
    },
    giveBack(address, limits, now) {
      addresses.giveBack(address, limits, now)
      const group = addressGroup(address)
      if (group !== null) groups.giveBack(group, groupLimits(limits), now)
    },
    isFull(address, limits, now) {
      const group = addressGroup(address)
      return (
        addresses.isFull(address, limits, now) ||
        (group !== null && groups.isFull(group, groupLimits(limits), now))
      )
    },
    get bytes() {
      return addresses.bytes + groups.bytes
    },
  }
}
