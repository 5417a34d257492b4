/**
 * Counts requests in fixed windows, each of which starts at its first request. Counting is
 * synchronous, so it is exact within an isolate.
 */
import { createBoundedMap } from '../lib/boundedMap.ts'
import type { Limit } from './limit.ts'

/** One window of one subject. */
export interface WindowState {
  limit: Limit
  /** How many more requests the window takes. */
  remaining: number
  /** The time until the window ends, in milliseconds. */
  resetMs: number
}

/** The result of counting one request. */
export interface Counted {
  /**
   * Whether the request is within all its limits. A refused request counts against none of them.
   */
  admitted: boolean
  /** One state for each limit, in the order of the limits. */
  states: WindowState[]
  /** The time until every full window has ended, in milliseconds; 0 if the request was admitted. */
  retryAfterMs: number
}

/**
 * The most bytes that one store takes, as estimated. Above it, the oldest windows are dropped. An
 * isolate has 128 MB for everything.
 */
export const MAX_BYTES = 2_097_152
/** The bytes of a window beside its key, in V8's map. */
const WINDOW_BYTES = 96
/** The shortest time between two searches for ended windows, in milliseconds. */
const SWEEP_EVERY_MS = 10_000

/** The open windows of all subjects. */
export interface Windows {
  /**
   * Counts one request of `subject` (an account, an address) against all `limits`, or against none
   * if one of them is full. `now` is epoch milliseconds.
   */
  take(subject: string, limits: readonly Limit[], now: number): Counted
  /** Whether one more request would be refused. Counts nothing. */
  isFull(subject: string, limits: readonly Limit[], now: number): boolean
  /** The bytes that the windows take, as estimated. */
  readonly bytes: number
}

/** Returns an empty store of windows, which lives in the memory of one isolate. */
export function createWindows(): Windows {
  const windows = createBoundedMap<{ startedAt: number; used: number; windowMs: number }>(
    MAX_BYTES,
    WINDOW_BYTES,
  )
  let sweepAt = 0

  /**
   * Stores a window when it opens, so that the oldest window is dropped first. Windows that have
   * ended go once in a while, whether there is room or not.
   */
  function put(key: string, window: { startedAt: number; used: number; windowMs: number }): void {
    if (window.used !== 1) return
    windows.set(key, window)
    const now = window.startedAt
    if (now < sweepAt) return
    sweepAt = now + SWEEP_EVERY_MS
    for (const [old, { startedAt, windowMs }] of windows.entries())
      if (now >= startedAt + windowMs) windows.delete(old)
  }

  function windowsOf(subject: string, limits: readonly Limit[], now: number) {
    return limits.map((limit) => {
      const key = `${limit.name}\n${subject}`
      const known = windows.get(key)
      const isOpen = known !== undefined && now < known.startedAt + limit.windowMs
      const window = isOpen ? known : { startedAt: now, used: 0, windowMs: limit.windowMs }
      return { limit, key, window }
    })
  }

  return {
    get bytes() {
      return windows.bytes
    },
    isFull(subject, limits, now) {
      return windowsOf(subject, limits, now).some(({ limit, window }) => window.used >= limit.count)
    },
    take(subject, limits, now) {
      const open = windowsOf(subject, limits, now)
      const admitted = open.every(({ limit, window }) => window.used < limit.count)
      const states: WindowState[] = []
      let retryAfterMs = 0
      for (const { limit, key, window } of open) {
        const resetMs = window.startedAt + window.windowMs - now
        if (admitted) {
          window.used += 1
          put(key, window)
        } else if (window.used >= limit.count) retryAfterMs = Math.max(retryAfterMs, resetMs)
        states.push({ limit, remaining: Math.max(0, limit.count - window.used), resetMs })
      }
      return { admitted, states, retryAfterMs }
    },
  }
}
