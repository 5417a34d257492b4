/** A question that the chain does not answer is asked again for 8 s. */
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { askPatiently } from '../../../../payments/chain/patience.ts'
import {
  ChainUnavailable,
  isUnanswered,
  Unavailable,
} from '../../../../payments/chain/unavailable.ts'

beforeEach(() => vi.useFakeTimers())
afterEach(() => vi.useRealTimers())

/** The outcome of a question, how often it was asked, and how long that took, in milliseconds. */
async function outcomeOf(ask: (n: number) => Promise<string>) {
  let times = 0
  const start = Date.now()
  const outcome = askPatiently(() => ask(++times)).then(
    (said) => said,
    (error: Error) => (isUnanswered(error) ? 'unknown' : error.message),
  )
  await vi.runAllTimersAsync()
  return { said: await outcome, times, ms: Date.now() - start }
}

const silent = () => Promise.reject(new ChainUnavailable('silent'))

it('resolves with the first answer', async () => {
  const { said, times } = await outcomeOf((n) => (n < 4 ? silent() : Promise.resolve('yes')))
  expect([said, times]).toEqual(['yes', 4])
})

it('gives up after 8 s, and has asked at most ten times or so', async () => {
  const { said, times, ms } = await outcomeOf(silent)
  expect(said).toBe('unknown')
  expect(times).toBeGreaterThan(5)
  expect(times).toBeLessThan(12)
  expect(ms).toBeLessThanOrEqual(8_000)
})

it('gives up after 8 s though a question hangs', async () => {
  const { said, times, ms } = await outcomeOf(() => new Promise(() => undefined))
  expect([said, times, ms]).toEqual(['unknown', 1, 8_000])
})

it.each([
  ['a proof', new Error('no good')],
  ['a failure that asking again does not mend', new Unavailable('no key')],
])('does not ask again after %s', async (_, error) => {
  const { said, times } = await outcomeOf(() => Promise.reject(error))
  expect([said, times]).toEqual([error.message, 1])
})

it('knows the silence of the chain in the cause of an error', async () => {
  const wrapped = new Error('wrapped', { cause: new ChainUnavailable('silent') })
  const { times } = await outcomeOf((n) => (n < 3 ? Promise.reject(wrapped) : Promise.resolve('')))
  expect(times).toBe(3)
})
