/** JSON pointers: the examples of RFC 6901, and any other text. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { atPointer, countAt, parsePointer } from '../../../src/lib/jsonPointer.ts'

/** RFC 6901 section 5. */
const DOCUMENT = {
  foo: ['bar', 'baz'],
  '': 0,
  'a/b': 1,
  'c%d': 2,
  'e^f': 3,
  'g|h': 4,
  'i\\j': 5,
  'k"l': 6,
  ' ': 7,
  'm~n': 8,
}

describe('the examples of the RFC', () => {
  it.each<[string, unknown]>([
    ['', DOCUMENT],
    ['/foo', ['bar', 'baz']],
    ['/foo/0', 'bar'],
    ['/', 0],
    ['/a~1b', 1],
    ['/c%d', 2],
    ['/e^f', 3],
    ['/g|h', 4],
    ['/i\\j', 5],
    ['/k"l', 6],
    ['/ ', 7],
    ['/m~0n', 8],
  ])('%j', (text, value) => {
    expect(atPointer(DOCUMENT, parsePointer(text) ?? ['none'])).toEqual(value)
  })

  it('"~01" is "~1", not "/"', () => {
    expect(parsePointer('/~01')).toEqual(['~1'])
  })
})

it.each(['foo', '#/foo', '/~', '/~2', '/a~', `/${'a'.repeat(200)}`])(
  '%j is not a pointer',
  (text) => {
    expect(parsePointer(text)).toBeNull()
  },
)

describe('a place that does not exist is undefined', () => {
  it.each<[string, unknown]>([
    ['/x', {}],
    ['/a/b', { a: null }],
    ['/a/b', { a: 'text' }],
    ['/length', []],
    ['/-', [1]],
    ['/01', [1, 2]],
    ['/1', [1]],
    ['/toString', {}],
    ['/__proto__', {}],
    ['/constructor/name', {}],
  ])('%s in %j', (text, value) => {
    expect(atPointer(value, parsePointer(text) ?? [])).toBeUndefined()
  })
})

describe('countAt counts arrays and whole numbers only', () => {
  it.each<[unknown, number | null]>([
    [[], 0],
    [[1, [2, 3]], 2],
    [0, 0],
    [7, 7],
    ...[-1, 1.5, 1e300, Number.NaN, '7', null, true, {}, { length: 3 }, undefined].map(
      (value): [unknown, null] => [value, null],
    ),
  ])('%j → %s', (value, count) => {
    expect(countAt({ value }, ['value'])).toBe(count)
  })
})

it('any pointer into any value gives a count or null', () => {
  fc.assert(
    fc.property(fc.string(), fc.jsonValue(), (text, value) => {
      const pointer = parsePointer(text)
      const count = pointer === null ? null : countAt(value, pointer)
      expect(count === null || (Number.isSafeInteger(count) && count >= 0)).toBe(true)
    }),
  )
})

it('a pointer can name every place of a value', () => {
  fc.assert(
    fc.property(
      fc.array(fc.string({ maxLength: 20 }), { maxLength: 4 }),
      fc.jsonValue(),
      (tokens, leaf) => {
        const value = tokens.reduceRight<unknown>((inner, token) => ({ [token]: inner }), leaf)
        // An object literal's computed "__proto__" is a member of its own, as JSON.parse makes it.
        const text = tokens
          .map((token) => `/${token.replaceAll('~', '~0').replaceAll('/', '~1')}`)
          .join('')
        expect(atPointer(value, parsePointer(text) ?? ['none'])).toEqual(leaf)
      },
    ),
  )
})
