/**
 * Not too often? A request is counted before it costs money, and only if it is within all its
 * limits.
 */
import { limitsFor, type Route } from '../config/config.ts'
import { when } from '../lib/when.ts'
import { sayLimits, tooManyRequests } from '../limits/headers.ts'
import { callerOf, type Stage } from '../pipeline/call.ts'
import type { Isolate } from '../store/isolate.ts'

/**
 * Throws `rate_limit_exceeded` for a request over one of its limits. The answer to any other
 * request says how much is left of each limit. Throws `service_unavailable` for a request of an
 * account that cannot be counted (store/heartbeat/hearts.ts).
 */
export function rateLimit(route: Route, isolate: Isolate): Stage {
  return (next) => (call) => {
    const limits = limitsFor(route, call.method)
    const caller = callerOf(call)
    // The paywall counts the anonymous calls of a priced route when it answers 402.
    if (limits.length === 0 || (route.price !== null && caller.kind === 'anonymous'))
      return next(call)
    const { env, waitUntil } = call
    const now = Date.now()
    const accountId = 'accountId' in caller ? caller.accountId : null
    const counted =
      accountId === null
        ? isolate.anonymous(call, limits)
        : isolate.hearts.take(env, accountId, limits, now, waitUntil)
    return when(counted, (one) => {
      if (!one.admitted) throw tooManyRequests(one)
      sayLimits(call.responseHeaders, one.states)
      try {
        return next(call)
      } finally {
        // The origin has been asked by now, so the object is in nobody's way.
        if (accountId !== null) isolate.hearts.beat(env, accountId, limits, waitUntil)
      }
    })
  }
}
