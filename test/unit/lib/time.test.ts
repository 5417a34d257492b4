import fc from 'fast-check'
import { expect, it } from 'vitest'
import { inWords, parseDurationMs, wholeSeconds } from '../../../src/lib/time.ts'
import { anyText, RUNS } from '../../support/worker/generators.ts'

const DAY_MS = 86_400_000

it.each([
  ['1ms', 1],
  ['500ms', 500],
  ['10s', 10_000],
  ['5m', 300_000],
  ['1h', 3_600_000],
  ['30d', 30 * DAY_MS],
  ['366d', 366 * DAY_MS],
  ['999999999ms', 999_999_999],
])('%s is %d ms', (text, ms) => {
  expect(parseDurationMs(text)).toBe(ms)
})

it.each([
  '',
  '10',
  '0s',
  '00s',
  '01s',
  '10 s',
  ' 10s',
  '10s ',
  '10s\n',
  '-1s',
  '+1s',
  '1.5s',
  '1e3s',
  's',
  'ms',
  '10S',
  '10sec',
  '1w',
  '1h30m',
  '367d',
  '400d',
  '999999999d',
  '1000000000ms',
  '١s',
])('%j is not a duration', (text) => {
  expect(parseDurationMs(text)).toBeNull()
})

it('never throws: the result is null, or from 1 ms to 366 days', () => {
  const near = fc.stringMatching(/^[0-9]{0,11}(ms|s|m|h|d|x)?$/)
  fc.assert(
    fc.property(fc.oneof(anyText, near), (text) => {
      const ms = parseDurationMs(text)
      if (ms === null) return
      expect(Number.isSafeInteger(ms)).toBe(true)
      expect(ms).toBeGreaterThanOrEqual(1)
      expect(ms).toBeLessThanOrEqual(366 * DAY_MS)
    }),
    RUNS,
  )
})

it.each([
  [0, 1],
  [1, 1],
  [999, 1],
  [1000, 1],
  [1001, 2],
  [59_001, 60],
])('%d ms are %d s for Retry-After: never too early, never 0', (ms, seconds) => {
  expect(wholeSeconds(ms)).toBe(seconds)
})

it.each([
  [1, '1 second'],
  [59_001, '60 seconds'],
  [60_000, '1 minute'],
  [60_001, '2 minutes'],
  [900_000, '15 minutes'],
  [3_600_000, '1 hour'],
  [86_400_000, '1 day'],
  [7 * 86_400_000, '7 days'],
])('%d ms are "%s" in words', (ms, words) => {
  expect(inWords(ms)).toBe(words)
})
