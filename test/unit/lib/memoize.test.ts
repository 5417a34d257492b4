import { expect, it } from 'vitest'
import { memoize } from '../../../src/lib/memoize.ts'

it('calls the function once for each object, even if the result is undefined', () => {
  const made: object[] = []
  const memoized = memoize((key: { value: string | undefined }) => {
    made.push(key)
    return key.value
  })
  const [a, b] = [{ value: 'a' }, { value: undefined }]
  expect([memoized(a), memoized(b), memoized(a), memoized(b)]).toEqual([
    'a',
    undefined,
    'a',
    undefined,
  ])
  expect(made).toEqual([a, b])
})

it('calls the function again after it threw', () => {
  let tries = 0
  const memoized = memoize((_: object) => {
    tries++
    if (tries === 1) throw new Error('not yet')
    return tries
  })
  const key = {}
  expect(() => memoized(key)).toThrow('not yet')
  expect(memoized(key)).toBe(2)
  expect(memoized(key)).toBe(2)
})
