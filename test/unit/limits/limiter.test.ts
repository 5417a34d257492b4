/** Limiters that know their limits. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { Problem } from '../../../src/http/problem.ts'
import { createLimiter, type Limiter } from '../../../src/limits/limiter.ts'

const TWICE = { name: 'twice', count: 2, windowMs: 1_000 }

beforeEach(() => void vi.useFakeTimers({ toFake: ['Date'], now: 0 }))
afterEach(() => void vi.useRealTimers())

/** The Problem that `take` or `check` throws, or null. */
function refusalOf(limiter: Limiter, how: 'take' | 'check', subject = 'a'): Problem | null {
  try {
    limiter[how](subject)
    return null
  } catch (error) {
    if (error instanceof Problem) return error
    throw error
  }
}

describe('take', () => {
  it('lets exactly as many pass as the limit says, and then says when to come back', () => {
    const limiter = createLimiter([TWICE])
    expect([refusalOf(limiter, 'take'), refusalOf(limiter, 'take')]).toEqual([null, null])
    vi.setSystemTime(300)
    expect(refusalOf(limiter, 'take')).toMatchObject({
      code: 'rate_limit_exceeded',
      fields: { retryAfter: 1 },
      headers: { 'retry-after': '1', ratelimit: '"twice";r=0;t=1' },
    })
    vi.setSystemTime(999)
    expect(refusalOf(limiter, 'take')).not.toBeNull()
    vi.setSystemTime(1_000)
    expect(refusalOf(limiter, 'take')).toBeNull()
  })

  it('counts each subject, and each limiter, for itself', () => {
    const [one, other] = [createLimiter([TWICE]), createLimiter([TWICE])]
    for (let n = 0; n < 3; n++) one.count('a')
    expect(refusalOf(one, 'take', 'a')).not.toBeNull()
    expect(refusalOf(one, 'take', 'b')).toBeNull()
    expect(refusalOf(other, 'take', 'a')).toBeNull()
  })

  it('refuses by any of its limits, and then takes from none of them', () => {
    const day = { name: 'day', count: 3, windowMs: 86_400_000 }
    const limiter = createLimiter([TWICE, day])
    for (let n = 0; n < 10; n++) refusalOf(limiter, 'take')
    vi.setSystemTime(1_000)
    expect(refusalOf(limiter, 'take'), 'one of the day is left').toBeNull()
    expect(refusalOf(limiter, 'take')?.headers.ratelimit).toContain('"day";r=0')
  })
})

describe('count', () => {
  it('counts like `take`, but never refuses', () => {
    const limiter = createLimiter([TWICE])
    for (let n = 0; n < 5; n++) limiter.count('a')
    expect(refusalOf(limiter, 'take')).not.toBeNull()
  })

  it('does not put off the end of a window that is full', () => {
    const limiter = createLimiter([TWICE])
    for (let n = 0; n < 3; n++) limiter.count('a')
    vi.setSystemTime(999)
    limiter.count('a')
    vi.setSystemTime(1_000)
    expect(limiter.isFull('a')).toBe(false)
  })
})

describe('check and isFull', () => {
  it('tell whether `take` would refuse, as `take` would say it', () => {
    const limiter = createLimiter([TWICE])
    for (const full of [false, false, true]) {
      expect(limiter.isFull('a')).toBe(full)
      expect(refusalOf(limiter, 'check') !== null).toBe(full)
      limiter.count('a')
    }
    expect(refusalOf(limiter, 'check')).toMatchObject({
      code: 'rate_limit_exceeded',
      headers: refusalOf(limiter, 'take')?.headers,
    })
  })

  it('count nothing', () => {
    const limiter = createLimiter([TWICE])
    for (let n = 0; n < 10; n++) {
      limiter.check('a')
      limiter.isFull('a')
    }
    expect([refusalOf(limiter, 'take'), refusalOf(limiter, 'take')]).toEqual([null, null])
  })

  it('begin no window', () => {
    const limiter = createLimiter([TWICE])
    limiter.check('a')
    vi.setSystemTime(900)
    limiter.count('a')
    limiter.count('a')
    vi.setSystemTime(1_500)
    expect(limiter.isFull('a')).toBe(true)
  })
})

it('without limits nothing is refused, however often', () => {
  const limiter = createLimiter([])
  for (let n = 0; n < 1_000; n++) {
    limiter.take('a')
    limiter.check('a')
    limiter.count('a')
  }
  expect(limiter.isFull('a')).toBe(false)
})
