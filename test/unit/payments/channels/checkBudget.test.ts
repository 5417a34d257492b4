import { expect, it } from 'vitest'
import { createCheckBudget } from '../../../../payments/channels/checkBudget.ts'

/** Checks vouchers of one kind at one time until no more may be checked. Returns how many. */
function spend(
  checkBudget: ReturnType<typeof createCheckBudget>,
  what: 'good' | 'bad',
  now: number,
): number {
  let count = 0
  for (; checkBudget.mayCheck(now); count++) checkBudget.checked(what)
  return count
}

it('allows a hundred checks at once, and then twenty a second', () => {
  const checkBudget = createCheckBudget()
  expect(spend(checkBudget, 'good', 1_000_000)).toBe(100)
  expect(spend(checkBudget, 'good', 1_000_049)).toBe(0)
  expect(spend(checkBudget, 'good', 1_000_050)).toBe(1)
  expect(spend(checkBudget, 'good', 1_001_050)).toBe(20)
  expect(spend(checkBudget, 'good', 9_000_000)).toBe(100)
})

it('counts bad vouchers apart, so that they take nothing from the good ones', () => {
  const checkBudget = createCheckBudget()
  for (let count = 0; count < 99; count++) checkBudget.checked('bad')
  expect(checkBudget.mayCheck(0)).toBe(true)
  for (let count = 0; count < 99; count++) checkBudget.checked('good')
  expect(checkBudget.mayCheck(0)).toBe(true)
  checkBudget.checked('bad')
  expect(checkBudget.mayCheck(0)).toBe(false)
})

it('gains nothing from a clock that goes back', () => {
  const checkBudget = createCheckBudget()
  expect(spend(checkBudget, 'bad', 1_000_000)).toBe(100)
  expect(checkBudget.mayCheck(0)).toBe(false)
})
