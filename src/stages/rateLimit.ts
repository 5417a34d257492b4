/** Not too often? Counted before anything costs money, and only if the request is within all its limits. */

import type { Route } from '../config/config.ts'
import { limitSubject } from '../credentials/caller.ts'
import { rateLimitHeaders, tooManyRequests } from '../limits/headers.ts'
import { callerOf, type Stage } from '../pipeline/context.ts'
import type { Isolate } from '../store/isolate.ts'

export function rateLimit(route: Route, isolate: Isolate): Stage {
  return async function rateLimit(c, next) {
    const limits = route.limitsFor(c.req.method)
    if (limits.length === 0) return next()
    // Nobody's call of a row that is for sale is limited where it is refused: at the 402.
    if (route.price !== null && callerOf(c).kind === 'anonymous') return next()
    const subject = limitSubject(callerOf(c), c.get('address'))
    const counted = isolate.windows.take(subject, limits, Date.now())
    if (!counted.admitted) throw tooManyRequests(counted)
    await next()
    for (const [name, value] of Object.entries(rateLimitHeaders(counted.states))) {
      c.res.headers.set(name, value)
    }
    return undefined
  }
}
