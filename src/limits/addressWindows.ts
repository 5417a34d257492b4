/**
 * Counts requests of client addresses in one isolate: each address against the limits, and each
 * wider group of addresses against limits that are wider by a factor. The objects of addresses
 * count all isolates together; what this isolate has let through is news for them.
 * See docs/decisions/0049.
 */
import type { SharedLimit, SharedWindow, WindowReport } from '../contract/heartbeat.ts'
import { addressGroup } from '../http/address.ts'
import { createBoundedMap } from '../lib/boundedMap.ts'
import { memoize } from '../lib/memoize.ts'
import type { Limit } from './limit.ts'
import { correct, lookAt, NEARLY_FULL, type ReportedWindow } from './reportedWindows.ts'
import { type Counted, MAX_BYTES } from './windows.ts'

/** The limit of a group (an IPv6 /48, all Workers) is this many times that of one address. */
export const GROUP_FACTOR = 10
/** Requests are news when they are this part of their limit. */
const NEWS_PART = 1 / 20
/** The bytes of a window beside its key. */
const WINDOW_BYTES = 240
/** The shortest time between two searches for ended windows, in milliseconds. */
const SWEEP_EVERY_MS = 10_000

/** A limit on the requests of one subject. */
export interface AddressLimit {
  /** Tells apart the windows of all kinds, limits and subjects. */
  name: string
  limit: Limit
}

const withoutName = ({ limit }: AddressLimit): Limit => limit

/** A window of one subject. */
export interface AddressWindow extends AddressLimit, ReportedWindow {}

/** The windows of one kind of request. `now` is in epoch milliseconds. */
export type AddressWindows = ReturnType<typeof createAddressWindows>

const widened = memoize((limits: readonly Limit[]) =>
  limits.map((limit) => ({ ...limit, count: limit.count * GROUP_FACTOR })),
)

/** The limits of an address key (http/address.ts), and of the group around the address. */
export function limitsOfAddress(
  kind: string,
  address: string,
  limits: readonly Limit[],
): AddressLimit[] {
  const own = limits.map((limit) => limitOf(kind, address, limit))
  const group = addressGroup(address)
  return group === null
    ? own
    : [...own, ...widened(limits).map((limit) => limitOf(kind, group, limit))]
}

/** A limit on the requests of one kind and subject. */
export function limitOf(kind: string, subject: string, limit: Limit): AddressLimit {
  return { name: `${kind}\n${limit.name}\n${subject}`, limit }
}

/** The limit as an object counts it. */
export function sharedLimitOf({ name, limit }: AddressLimit): SharedLimit {
  const { count, windowMs, isStrict } = limit
  return { name, count, windowMs, isStrict: isStrict === true }
}

/** Whether the object should hear of a window. */
export function isNews({ unreported, used, limit }: AddressWindow): boolean {
  if (unreported === 0) return false
  const { count } = limit
  return used >= count * NEARLY_FULL || Math.abs(unreported) >= Math.max(1, count * NEWS_PART)
}

/** The report of a window, whose requests are reported from then on; null if it has ended. */
export function reportOf(window: AddressWindow, now: number): WindowReport | null {
  const { startedAt, unreported, limit } = window
  const ageMs = now - startedAt
  if (ageMs >= limit.windowMs || unreported === 0) return null
  window.unreported = 0
  return { limit: sharedLimitOf(window), window: window.window, ageMs, requests: unreported }
}

/** Returns an empty store of windows. */
export function createAddressWindows(maxBytes = MAX_BYTES) {
  const windows = createBoundedMap<AddressWindow>(maxBytes, WINDOW_BYTES)
  let sweepAt = 0

  function openAt({ name, limit }: AddressLimit, now: number): AddressWindow | undefined {
    const known = windows.get(name)
    return known !== undefined && now < known.startedAt + limit.windowMs ? known : undefined
  }

  /** Opens a window. Windows that have ended go once in a while, whether there is room or not. */
  function open(of: AddressLimit, from: Pick<AddressWindow, 'startedAt' | 'lateMs' | 'window'>) {
    const window = { ...of, ...from, used: 0, unreported: 0 }
    if (from.startedAt >= sweepAt) {
      sweepAt = from.startedAt + SWEEP_EVERY_MS
      for (const [name, { startedAt, limit }] of windows.entries())
        if (from.startedAt >= startedAt + limit.windowMs) windows.delete(name)
    }
    windows.set(of.name, window)
    return window
  }

  const look = (limits: readonly AddressLimit[], now: number): Counted =>
    lookAt(limits, now, withoutName, openAt)

  return {
    /** Says what is known of `limits`. Counts nothing; not `admitted`: one of them is full. */
    look,

    /**
     * Counts one request against all `limits`, or against none if one of them is full. `onCounted`
     * is told of each window that is to be reported; null: the object is asked about the request.
     */
    take(
      limits: readonly AddressLimit[],
      now: number,
      onCounted: ((window: AddressWindow) => void) | null,
    ): Counted {
      const found = look(limits, now)
      if (!found.admitted) return found
      limits.forEach((one, index) => {
        const window = openAt(one, now) ?? open(one, { startedAt: now, lateMs: 0, window: 0 })
        window.used += 1
        const state = found.states[index]
        if (state !== undefined) state.remaining -= 1
        if (onCounted === null) return
        window.unreported += 1
        onCounted(window)
      })
      return found
    },

    /** Takes back one request that `take` admitted, from the windows that are still open. */
    giveBack(limits: readonly AddressLimit[], now: number): void {
      for (const one of limits) {
        const window = openAt(one, now)
        if (window === undefined || window.used === 0) continue
        window.used -= 1
        window.unreported -= 1
      }
    },

    /** Takes over what an object knew of `limits` when it was asked at `askedAt`. */
    learn(
      known: readonly SharedWindow[],
      limits: readonly AddressLimit[],
      askedAt: number,
      now: number,
    ): void {
      for (const shared of known) {
        const { name, window, ageMs } = shared
        const limit = limits.find((one) => one.name === name)
        const startedAt = askedAt - ageMs
        if (limit === undefined || now >= startedAt + limit.limit.windowMs) continue
        const lateMs = now - askedAt
        const mine = openAt(limit, now) ?? open(limit, { startedAt, lateMs, window })
        correct(mine, shared, startedAt, lateMs)
      }
    },

    /** The bytes that the windows take, as estimated. */
    get bytes() {
      return windows.bytes
    },
  }
}
