import { expect, it } from 'vitest'
import { createCheckBudget } from '../../../../payments/channels/checkBudget.ts'

/** Checks vouchers of one kind at one time until no more may be checked. Returns how many. */
function spend(
  checkBudget: ReturnType<typeof createCheckBudget>,
  what: 'good' | 'bad',
  now: number,
  source = 'one',
): number {
  let count = 0
  for (; checkBudget.mayCheck(now, source); count++) checkBudget.checked(what, now, source)
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
  for (let count = 0; count < 99; count++) checkBudget.checked('bad', 0, 'one')
  expect(checkBudget.mayCheck(0, 'one')).toBe(true)
  for (let count = 0; count < 99; count++) checkBudget.checked('good', 0, 'one')
  expect(checkBudget.mayCheck(0, 'one')).toBe(true)
  checkBudget.checked('bad', 0, 'one')
  expect(checkBudget.mayCheck(0, 'one')).toBe(false)
})

it('gains nothing from a clock that goes back', () => {
  const checkBudget = createCheckBudget()
  expect(spend(checkBudget, 'bad', 1_000_000)).toBe(100)
  expect(checkBudget.mayCheck(0, 'one')).toBe(false)
})

it('counts bad vouchers by their source: strangers take nothing from each other or the payer', () => {
  const checkBudget = createCheckBudget()
  for (let stranger = 0; stranger < 8; stranger++)
    expect(spend(checkBudget, 'bad', 1_000_000, `stranger ${stranger}`)).toBe(100)
  expect(checkBudget.mayCheck(1_000_000, 'stranger 3')).toBe(false)
  expect(spend(checkBudget, 'good', 1_000_000, 'payer')).toBe(100)
})

it('forgets the oldest of very many sources, and never the payer that is not among them', () => {
  const checkBudget = createCheckBudget()
  expect(spend(checkBudget, 'bad', 1_000_000, 'first')).toBe(100)
  for (let source = 0; source < 10_000; source++)
    checkBudget.checked('bad', 1_000_000, `source ${source}`)
  expect(checkBudget.mayCheck(1_000_000, 'first')).toBe(true)
  expect(spend(checkBudget, 'good', 1_000_000, 'payer')).toBe(100)
})
