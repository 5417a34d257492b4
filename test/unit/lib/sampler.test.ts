import { expect, it } from 'vitest'
import { createSampler } from '../../../src/lib/sampler.ts'

it('lets one of a kind through in a while, which says how many it stands for', () => {
  const standsFor = createSampler(1000)
  expect(standsFor('a', 0)).toBe(1)
  expect(standsFor('a', 1)).toBe(null)
  expect(standsFor('a', 999)).toBe(null)
  expect(standsFor('b', 999)).toBe(1) // another kind is counted apart
  expect(standsFor('a', 1000)).toBe(3)
  expect(standsFor('a', 5000)).toBe(1)
})
