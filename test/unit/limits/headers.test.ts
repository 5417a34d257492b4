import { describe, expect, it } from 'vitest'
import { sayLimits, tooManyRequests } from '../../../src/limits/headers.ts'
import type { WindowState } from '../../../src/limits/windows.ts'

const READ = { name: 'read', count: 10, windowMs: 1000 }
const DAY = { name: 'POST /x/users/:id/follow 86400s', count: 400, windowMs: 86_400_000 }
const state = (limit: WindowState['limit'], remaining: number, resetMs: number) => {
  return { limit, remaining, resetMs }
}

describe('sayLimits', () => {
  it('gives no headers without limits', () => {
    expect(sayLimits({}, [])).toEqual({})
  })

  it('gives one item for each limit, in seconds, in the given order', () => {
    expect(sayLimits({}, [state(READ, 9, 1000), state(DAY, 0, 12_345)])).toEqual({
      'ratelimit-policy': '"read";q=10;w=1, "POST /x/users/:id/follow 86400s";q=400;w=86400',
      ratelimit: '"read";r=9;t=1, "POST /x/users/:id/follow 86400s";r=0;t=13',
    })
  })

  it('rounds the time left up, so that no caller comes back too early', () => {
    expect(sayLimits({}, [state(READ, 0, 1)]).ratelimit).toBe('"read";r=0;t=1')
  })

  // Once a bug: a limit such as "5/500ms" gave `w=0.5`; the draft (section 3.1.2) wants an Integer.
  it('gives whole seconds even for a window of less than a second', () => {
    const half = { name: 'burst', count: 5, windowMs: 500 }
    expect(sayLimits({}, [state(half, 4, 500)])['ratelimit-policy']).toMatch(/;w=\d+$/)
  })
})

describe('tooManyRequests', () => {
  it('is a 429 that says when to try again, in the body and in Retry-After', () => {
    const states = [state(READ, 0, 1500)]
    const problem = tooManyRequests({ admitted: false, states, retryAfterMs: 1500 })
    expect(problem).toMatchObject({
      status: 429,
      code: 'rate_limit_exceeded',
      fields: { retryAfter: 2 },
      headers: {
        'retry-after': '2',
        'ratelimit-policy': '"read";q=10;w=1',
        ratelimit: '"read";r=0;t=2',
      },
    })
  })

  it('never says 0 seconds', () => {
    const problem = tooManyRequests({ admitted: false, states: [], retryAfterMs: 0 })
    expect(problem.headers).toEqual({ 'retry-after': '1' })
  })
})
