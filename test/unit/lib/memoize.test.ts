import { expect, it } from 'vitest'
import { memoize } from '../../../src/lib/memoize.ts'

it('makes one thing for each object, also where that is undefined', () => {
  const made: object[] = []
  const known = memoize((key: { value: string | undefined }) => {
    made.push(key)
    return key.value
  })
  const [a, b] = [{ value: 'a' }, { value: undefined }]
  expect([known(a), known(b), known(a), known(b)]).toEqual(['a', undefined, 'a', undefined])
  expect(made).toEqual([a, b])
})

it('tries again after what was thrown', () => {
  let tries = 0
  const known = memoize((_: object) => {
    tries++
    if (tries === 1) throw new Error('not yet')
    return tries
  })
  const key = {}
  expect(() => known(key)).toThrow('not yet')
  expect(known(key)).toBe(2)
  expect(known(key)).toBe(2)
})
