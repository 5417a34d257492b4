/** Counts against limits that never change: one limiter for each thing that is limited. */
import { tooManyRequests } from './headers.ts'
import type { Limit } from './limit.ts'
import { createWindows } from './windows.ts'

/** Counts requests by subject, such as an account or the hash of a secret. */
export interface Limiter {
  /** Counts one request. Throws `rate_limit_exceeded`, and counts nothing, if a limit is full. */
  take(subject: string): void
  /** Counts one request, or nothing if a limit is full. Never throws. */
  count(subject: string): void
  /** Throws `rate_limit_exceeded` if a limit is full. Counts nothing. */
  check(subject: string): void
  /** Whether a limit is full, so that `take` would throw. Counts nothing. */
  isFull(subject: string): boolean
}

/** Returns a limiter with windows of its own. Without limits, no request is refused. */
export function createLimiter(limits: readonly Limit[]): Limiter {
  const windows = createWindows()
  const isFull = (subject: string) => windows.isFull(subject, limits, Date.now())
  const take = (subject: string) => {
    const counted = windows.take(subject, limits, Date.now())
    if (!counted.admitted) throw tooManyRequests(counted)
  }
  return {
    take,
    count: (subject) => void windows.take(subject, limits, Date.now()),
    check(subject) {
      if (isFull(subject)) take(subject)
    },
    isFull,
  }
}
