import { expect, it } from 'vitest'
import { createSampler } from '../../../src/lib/sampler.ts'

it('lets one event of each kind through in an interval, with the number it stands for', () => {
  const sample = createSampler(1000)
  expect(sample('a', 0)).toBe(1)
  expect(sample('a', 1)).toBe(null)
  expect(sample('a', 999)).toBe(null)
  expect(sample('b', 999)).toBe(1) // another kind is counted separately
  expect(sample('a', 1000)).toBe(3)
  expect(sample('a', 5000)).toBe(1)
})
