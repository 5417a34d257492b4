/**
 * One account's windows in one isolate. The isolate counts by itself, tells the account's object
 * what it has let through, and takes over what the object has counted of all isolates.
 * See docs/decisions/0040.
 */
import type { SharedWindow, WindowReport } from '../contract/heartbeat.ts'
import type { Limit } from './limit.ts'
import { correct, lookAt, NEARLY_FULL, type ReportedWindow } from './reportedWindows.ts'
import type { Counted } from './windows.ts'

const itself = (limit: Limit): Limit => limit

interface OpenWindow extends ReportedWindow {
  limit: Limit
}

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

  const look = (limits: readonly Limit[], now: number): Counted =>
    lookAt(limits, now, itself, openAt)

  return {
    look,

    take(limits, now) {
      const counted = look(limits, now)
      if (!counted.admitted) return counted
      for (const limit of limits) {
        const open = openAt(limit, now)
        if (open === undefined) {
          const opened = { startedAt: now, lateMs: 0, used: 1, unreported: 1, window: 0, limit }
          windows.set(limit.name, opened)
        } else {
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
      for (const shared of known) {
        const { name, window, used, ageMs } = shared
        const limit = windows.get(name)?.limit ?? limits.find((one) => one.name === name)
        const startedAt = askedAt - ageMs
        if (limit === undefined || now >= startedAt + limit.windowMs) continue
        const open = openAt(limit, now)
        const lateMs = now - askedAt
        if (open !== undefined) correct(open, shared, startedAt, lateMs)
        else windows.set(name, { startedAt, lateMs, used, unreported: 0, window, limit })
      }
    },
  }
}
