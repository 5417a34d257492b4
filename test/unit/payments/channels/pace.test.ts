import { expect, it } from 'vitest'
import { createPace } from '../../../../payments/channels/pace.ts'

/** How many of a kind may be checked at a time. */
function spend(pace: ReturnType<typeof createPace>, what: 'good' | 'bad', now: number): number {
  let count = 0
  for (; pace.mayCheck(now); count++) pace.checked(what)
  return count
}

it('lets a hundred vouchers come at once, and then twenty a second', () => {
  const pace = createPace()
  expect(spend(pace, 'good', 1_000_000)).toBe(100)
  expect(spend(pace, 'good', 1_000_049)).toBe(0)
  expect(spend(pace, 'good', 1_000_050)).toBe(1)
  expect(spend(pace, 'good', 1_001_050)).toBe(20)
  expect(spend(pace, 'good', 9_000_000)).toBe(100)
})

it('counts what is not good apart, so that it takes nothing from what is', () => {
  const pace = createPace()
  for (let count = 0; count < 99; count++) pace.checked('bad')
  expect(pace.mayCheck(0)).toBe(true)
  for (let count = 0; count < 99; count++) pace.checked('good')
  expect(pace.mayCheck(0)).toBe(true)
  pace.checked('bad')
  expect(pace.mayCheck(0)).toBe(false)
})

it('is not moved by a clock that goes back', () => {
  const pace = createPace()
  expect(spend(pace, 'bad', 1_000_000)).toBe(100)
  expect(pace.mayCheck(0)).toBe(false)
})
