/** The windows that an object counts. */
import { expect, it } from 'vitest'
import { createObjectWindows } from '../../../heartbeat/windows.ts'

const DAY_MS = 86_400_000
const MINUTE_MS = 60_000
const write = (windowMs: number) => ({ name: 'write', count: 2, windowMs, isStrict: true })

/** Windows in memory alone. */
const inMemory = () =>
  createObjectWindows({ exec: () => [] }, { maxBytes: 10_000, isStored: () => false })

it('a window is as long as its limit says now, though the config said more when it began', () => {
  const windows = inMemory()
  expect([0, 0, 0].map((now) => windows.take([write(DAY_MS)], now))).toEqual([true, true, false])
  expect(windows.take([write(MINUTE_MS)], MINUTE_MS - 1)).toBe(false)
  expect(windows.open(MINUTE_MS - 1), 'isolates hear of it').toMatchObject([{ used: 2 }])
  expect(windows.take([write(MINUTE_MS)], MINUTE_MS)).toBe(true)
  expect(windows.open(MINUTE_MS)).toMatchObject([{ used: 1, ageMs: 0 }])
})

it('a window is as long as its limit says now, though the config said less when it began', () => {
  const windows = inMemory()
  for (const now of [0, 0]) windows.take([write(MINUTE_MS)], now)
  expect(windows.take([write(DAY_MS)], MINUTE_MS)).toBe(false)
  expect(windows.open(MINUTE_MS), 'isolates hear of it').toMatchObject([{ used: 2 }])
})

it('a report that comes late counts in the window that it was made in, if that is open', () => {
  const windows = inMemory()
  const report = { limit: write(MINUTE_MS), window: 0, ageMs: 1_000, requests: 2 }
  windows.add(report, 30_000, DAY_MS)
  expect(windows.open(DAY_MS)).toMatchObject([{ used: 2, ageMs: 31_000 }])
  const late = inMemory()
  late.add(report, MINUTE_MS - 1_000, DAY_MS)
  expect(late.open(DAY_MS)).toEqual([])
})
