import { expect, it } from 'vitest'
import { memoize, memoizeText } from '../../../src/lib/memoize.ts'

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

it('makes what it returns once for each text, also for null, and holds no more than a few', () => {
  const asked: (string | null)[] = []
  const memoized = memoizeText((text: string | null) => {
    asked.push(text)
    return `${text}!`
  })
  expect([memoized('a'), memoized(null), memoized('a'), memoized(null)]).toEqual([
    'a!',
    'null!',
    'a!',
    'null!',
  ])
  expect(asked).toEqual(['a', null])
  for (let i = 0; i < 1_000; i++) memoized(`text ${i}`)
  expect(memoized('a')).toBe('a!')
  expect(asked.filter((text) => text === 'a')).toHaveLength(2)
})

it('does not remember a long text', () => {
  let made = 0
  const memoized = memoizeText((text: string) => {
    made++
    return text.length
  })
  const long = 'x'.repeat(10_000)
  expect([memoized(long), memoized(long)]).toEqual([10_000, 10_000])
  expect(made).toBe(2)
})
