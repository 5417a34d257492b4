/**
 * Tells callers about limits: `RateLimit` and `RateLimit-Policy`
 * (draft-ietf-httpapi-ratelimit-headers) and `Retry-After`.
 */
import { Problem } from '../http/problem.ts'
import { memoize } from '../lib/memoize.ts'
import { wholeSeconds } from '../lib/time.ts'
import type { Limit } from './limit.ts'
import type { Counted, WindowState } from './windows.ts'

/** The limits of a route as `RateLimit-Policy` names them, written once. */
const policyOf = memoize((limit: Limit) => {
  return `"${limit.name}";q=${limit.count};w=${wholeSeconds(limit.windowMs)}`
})

/**
 * Adds `"read";q=10;w=1` and `"read";r=9;t=1` to headers, one item for each limit. Seconds
 * throughout. Returns the headers.
 */
export function sayLimits(
  headers: Record<string, string>,
  states: readonly WindowState[],
): Record<string, string> {
  if (states.length === 0) return headers
  let policy = ''
  let left = ''
  for (const { limit, remaining, resetMs } of states) {
    const separator = policy === '' ? '' : ', '
    policy += separator + policyOf(limit)
    left += `${separator}"${limit.name}";r=${remaining};t=${wholeSeconds(resetMs)}`
  }
  headers['ratelimit-policy'] = policy
  headers.ratelimit = left
  return headers
}

/** A 429 that says when to try again, in whole seconds. */
export function tooManyRequests(counted: Counted): Problem {
  const retryAfter = wholeSeconds(counted.retryAfterMs)
  return new Problem('rate_limit_exceeded', {
    fields: { retryAfter },
    headers: sayLimits({ 'retry-after': String(retryAfter) }, counted.states),
  })
}
