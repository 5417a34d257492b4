/**
 * One account's windows in one isolate. The isolate counts by itself, tells the account's object
 * what it has let through, and takes over what the object has counted of all isolates.
 * See docs/decisions/0040.
 */
import type { SharedWindow, WindowReport } from '../contract/heartbeat.ts'
import type { Limit } from './limit.ts'
import type { Counted } from './windows.ts'

interface OpenWindow {
  startedAt: number
  /** Requests of all isolates, as far as this one knows. */
  used: number
  /** Requests of this isolate that are in no report yet. */
  unreported: number
  /** The object's name for the window; 0: the object does not know it yet. */
  window: number
  limit: Limit
}

/** Windows from this part of their limit on are told to the object at once. */
const NEARLY_FULL = 0.8

/** The windows. `now` is in epoch milliseconds. */
export interface SharedWindows {
  /** Counts one request against all `limits`, or against none if one of them is full. */
  take(limits: readonly Limit[], now: number): Counted
  /** Says what is known of `limits`. Counts nothing; not `admitted`: one of them is full. */
  look(limits: readonly Limit[], now: number): Counted
  /** Whether the object should hear now: of a new window, or of one that is nearly full. */
  isUrgent(limits: readonly Limit[]): boolean
  /** Whether a request is in no report yet. */
  hasNews(): boolean
  /** Returns what is in no report yet, of the windows that are open. It is now. */
  report(now: number): WindowReport[]
  /**
   * Takes over what the object knew when it was asked at `askedAt`. `limits` are those that this
   * isolate may not have counted against yet.
   */
  learn(
    windows: readonly SharedWindow[],
    limits: readonly Limit[],
    askedAt: number,
    now: number,
  ): void
}

/** Returns an account's windows, none of which is open. */
export function createSharedWindows(): SharedWindows {
  const windows = new Map<string, OpenWindow>()

  function openAt({ name, windowMs }: Limit, now: number): OpenWindow | undefined {
    const known = windows.get(name)
    return known !== undefined && now < known.startedAt + windowMs ? known : undefined
  }

  function look(limits: readonly Limit[], now: number): Counted {
    let retryAfterMs = 0
    const states = limits.map((limit) => {
      const open = openAt(limit, now)
      const resetMs = (open?.startedAt ?? now) + limit.windowMs - now
      const remaining = Math.max(0, limit.count - (open?.used ?? 0))
      if (remaining === 0) retryAfterMs = Math.max(retryAfterMs, resetMs)
      return { limit, remaining, resetMs }
    })
    return { admitted: retryAfterMs === 0, states, retryAfterMs }
  }

  return {
    look,

    take(limits, now) {
      const counted = look(limits, now)
      if (!counted.admitted) return counted
      for (const limit of limits) {
        const open = openAt(limit, now)
        if (open === undefined)
          windows.set(limit.name, { startedAt: now, used: 1, unreported: 1, window: 0, limit })
        else {
          open.used += 1
          open.unreported += 1
        }
      }
      for (const state of counted.states) state.remaining -= 1
      return counted
    },

    isUrgent(limits) {
      return limits.some(({ name, count }) => {
        const open = windows.get(name)
        if (open === undefined || open.unreported === 0) return false
        return (open.window === 0 && open.unreported === 1) || open.used >= count * NEARLY_FULL
      })
    },

    hasNews() {
      for (const { unreported } of windows.values()) if (unreported > 0) return true
      return false
    },

    report(now) {
      const reports: WindowReport[] = []
      for (const [name, { limit, window, startedAt, unreported }] of windows) {
        // A window that has ended limits nobody any more, wherever its requests came from.
        if (now >= startedAt + limit.windowMs) windows.delete(name)
        else if (unreported > 0)
          reports.push({ limit, window, ageMs: now - startedAt, requests: unreported })
      }
      for (const open of windows.values()) open.unreported = 0
      return reports
    },

    learn(known, limits, askedAt, now) {
      for (const { name, window, used, ageMs } of known) {
        const limit = windows.get(name)?.limit ?? limits.find((one) => one.name === name)
        const startedAt = askedAt - ageMs
        if (limit === undefined || now >= startedAt + limit.windowMs) continue
        const open = openAt(limit, now)
        if (open === undefined) {
          windows.set(name, { startedAt, used, unreported: 0, window, limit })
          continue
        }
        // Answers can overtake each other, and a window never has fewer requests than before.
        open.used = Math.max(open.used, used + open.unreported)
        if (open.window === window) continue
        open.window = window
        open.startedAt = startedAt
      }
    },
  }
}
