/**
 * The windows that an isolate counts by itself, reports to an object, and corrects by its answer:
 * what those of accounts and those of addresses have in common.
 */
import type { SharedWindow } from '../contract/heartbeat.ts'
import type { Limit } from './limit.ts'
import type { Counted, WindowState } from './windows.ts'

/** A window. Times are epoch milliseconds. */
export interface ReportedWindow {
  startedAt: number
  /** How much later it may have begun by the object's count: as long as its answer took. */
  lateMs: number
  /** Requests of all isolates, as far as this one knows. */
  used: number
  /** Requests of this isolate that are in no report yet, less those given back. */
  unreported: number
  /** The object's name for the window; 0: the object does not know it yet. */
  window: number
}

/** Windows from this part of their limit on are told to the object at once. */
export const NEARLY_FULL = 0.8

/**
 * Says what is known of `limits`. `openAt` finds the window of one, if it is open. Counts nothing;
 * not `admitted`: one of them is full.
 */
export function lookAt<L>(
  limits: readonly L[],
  now: number,
  limitOf: (one: L) => Limit,
  openAt: (one: L, now: number) => ReportedWindow | undefined,
): Counted {
  let retryAfterMs = 0
  const states: WindowState[] = []
  for (const one of limits) {
    const limit = limitOf(one)
    const open = openAt(one, now)
    const resetMs = untilEnd(limit, open, now)
    const remaining = Math.max(0, limit.count - (open?.used ?? 0))
    if (remaining === 0) retryAfterMs = Math.max(retryAfterMs, resetMs)
    states.push({ limit, remaining, resetMs })
  }
  return { admitted: retryAfterMs === 0, states, retryAfterMs }
}

/**
 * The time until a window ends, in milliseconds. Where the object decides (strict), it has surely
 * ended there too by then, so that a caller who waits as long as it is told is let in.
 */
function untilEnd(
  { windowMs, isStrict }: Limit,
  open: ReportedWindow | undefined,
  now: number,
): number {
  if (open === undefined) return windowMs
  const lateMs = isStrict ? open.lateMs : 0
  return Math.min(windowMs, open.startedAt + lateMs + windowMs - now)
}

/**
 * Takes over what the object has counted in a window, which began at `startedAt` or up to `lateMs`
 * later.
 */
export function correct(
  mine: ReportedWindow,
  { window, used }: SharedWindow,
  startedAt: number,
  lateMs: number,
): void {
  // Answers can overtake each other.
  if (window < mine.window) return
  // An object that has lost a window opens another one, in which the old requests do not count.
  const before = mine.window === 0 || mine.window === window ? mine.used : 0
  // A window never has fewer requests than before.
  mine.used = Math.max(before, used + Math.max(0, mine.unreported))
  if (mine.window === window) return
  mine.window = window
  mine.startedAt = startedAt
  mine.lateMs = lateMs
}
