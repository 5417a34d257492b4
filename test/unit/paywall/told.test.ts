/** How an object is told of a call's end: again, but not for longer than the platform lets work. */
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { deadline } from '../../../src/lib/deadline.ts'
import { told } from '../../../src/paywall/told.ts'
import { callOf, settled } from '../../support/worker/calls.ts'

/** How long the platform lets work go on after an answer, in milliseconds. */
const PLATFORM_MS = 30_000

beforeEach(() => void vi.useFakeTimers({ now: 0 }))
afterEach(() => {
  vi.restoreAllMocks()
  vi.useRealTimers()
})

it('an object that never answers is told four times, and the log says so while there is time', async () => {
  const lines = vi.spyOn(console, 'warn').mockReturnValue()
  const call = callOf('/a')
  const tell = vi.fn(() => deadline(5_000, () => new Promise<void>(() => undefined)))
  const heard = told(call, tell)
  call.waitUntil(heard)
  await vi.runAllTimersAsync()
  expect(await heard).toBe(false)
  await settled(call)
  expect(tell).toHaveBeenCalledTimes(4)
  expect(lines.mock.lastCall?.join()).toContain('payment_end_not_told')
  expect(Date.now()).toBeLessThan(PLATFORM_MS)
})
