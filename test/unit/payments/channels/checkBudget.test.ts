import { expect, it } from 'vitest'
import { createCheckBudget } from '../../../../payments/channels/checkBudget.ts'

/** How many of a kind may be checked at a time. */
function spend(
  checkBudget: ReturnType<typeof createCheckBudget>,
  what: 'good' | 'bad',
  now: number,
): number {
  let count = 0
  for (; checkBudget.mayCheck(now); count++) checkBudget.checked(what)
  return count
}

it('lets a hundred vouchers come at once, and then twenty a second', () => {
  const checkBudget = createCheckBudget()
  expect(spend(checkBudget, 'good', 1_000_000)).toBe(100)
  expect(spend(checkBudget, 'good', 1_000_049)).toBe(0)
  expect(spend(checkBudget, 'good', 1_000_050)).toBe(1)
  expect(spend(checkBudget, 'good', 1_001_050)).toBe(20)
  expect(spend(checkBudget, 'good', 9_000_000)).toBe(100)
})

it('counts what is not good apart, so that it takes nothing from what is', () => {
  const checkBudget = createCheckBudget()
  for (let count = 0; count < 99; count++) checkBudget.checked('bad')
  expect(checkBudget.mayCheck(0)).toBe(true)
  for (let count = 0; count < 99; count++) checkBudget.checked('good')
  expect(checkBudget.mayCheck(0)).toBe(true)
  checkBudget.checked('bad')
  expect(checkBudget.mayCheck(0)).toBe(false)
})

it('is not moved by a clock that goes back', () => {
  const checkBudget = createCheckBudget()
  expect(spend(checkBudget, 'bad', 1_000_000)).toBe(100)
  expect(checkBudget.mayCheck(0)).toBe(false)
})
