import { expect, it } from 'vitest'
import { parseDurationMs } from '../../src/lib/time.ts'

it('reads durations as people write them, and nothing else', () => {
  expect(parseDurationMs('10s')).toBe(10_000)
  for (const wrong of ['', '10', '0s', '10 s', '-1s', '1.5s', '400d']) expect(parseDurationMs(wrong), wrong).toBeNull()
})
