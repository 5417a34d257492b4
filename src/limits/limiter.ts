/** Counting against limits that never change: one limiter for each thing that is limited. */
import { tooManyRequests } from './headers.ts'
import type { Limit } from './limit.ts'
import { createWindows } from './windows.ts'

/** A subject is whose requests are counted: an account or a client's address. */
export interface Limiter {
  /** Counts one request. Throws rate_limit_exceeded, and counts nothing, if the limits refuse it. */
  take(subject: string): void
  /** Counts one request where the limits still allow it, and never throws. */
  count(subject: string): void
  /** Throws rate_limit_exceeded if `take` would. Counts nothing. */
  check(subject: string): void
  /** Whether `take` would throw. Counts nothing. */
  isFull(subject: string): boolean
}

/** A limiter with windows of its own. No limits are no limit. */
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
