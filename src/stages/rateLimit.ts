/**
 * Not too often? A request is counted before it costs money, and only if it is within all its
 * limits.
 */
import { limitsFor, type Route } from '../config/config.ts'
import { limitSubject } from '../credentials/caller.ts'
import { rateLimitHeaders, tooManyRequests } from '../limits/headers.ts'
import { callerOf, type Stage } from '../pipeline/call.ts'
import type { Isolate } from '../store/isolate.ts'

/**
 * Throws `rate_limit_exceeded` for a request over one of its limits. The answer to any other
 * request says how much is left of each limit.
 */
export function rateLimit(route: Route, isolate: Isolate): Stage {
  return (next) => (call) => {
    const limits = limitsFor(route, call.method)
    const caller = callerOf(call)
    // The paywall counts the anonymous calls of a priced route when it answers 402.
    if (limits.length === 0 || (route.price !== null && caller.kind === 'anonymous'))
      return next(call)
    const now = Date.now()
    const counted =
      'accountId' in caller
        ? isolate.windows.take(limitSubject(caller, call.address), limits, now)
        : isolate.addressWindows.take(call.address, limits, now)
    if (!counted.admitted) throw tooManyRequests(counted)
    Object.assign(call.responseHeaders, rateLimitHeaders(counted.states))
    return next(call)
  }
}
