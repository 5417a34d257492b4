import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { addVary, privateCacheControl } from '../../../src/http/headers.ts'
import { anyText, RUNS, textOf } from '../../support/worker/generators.ts'

describe('privateCacheControl', () => {
  it.each([
    [null, 'no-store'],
    ['', 'no-store'],
    ['  ', 'no-store'],
    ['no-store', 'no-store'],
    ['No-Store, max-age=0', 'No-Store, max-age=0'],
    ['public, no-store', 'no-store'],
    ['public', 'private'],
    ['PUBLIC , Max-Age=3', 'private, Max-Age=3'],
    ['public, max-age=60', 'private, max-age=60'],
    ['max-age=60', 'private, max-age=60'],
    ['private', 'private'],
    ['private="set-cookie", max-age=5', 'private, max-age=5'],
    ['private="a, b", max-age=5', 'private, max-age=5'],
    ['s-maxage=600', 'private'],
    ['max-age=5, s-maxage="600"', 'private, max-age=5'],
    ['s-maxage = 600, max-age=5', 'private, max-age=5'],
    ['proxy-revalidate, must-revalidate', 'private, must-revalidate'],
    ['must-understand, no-store', 'no-store'],
    ['no-cache="a, public"', 'private, no-cache="a, public"'],
    ['no-cache, immutable, stale-while-revalidate=60', null],
    [',,max-age=1,,', 'private, max-age=1'],
  ])('%j becomes %j', (value, expected) => {
    expect(privateCacheControl(value)).toBe(expected ?? `private, ${value}`)
  })

  // Once a bug, in a corner case: a value without any directive did not become no-store.
  it('a value without any directive becomes no-store', () => {
    expect(privateCacheControl(',')).toBe('no-store')
  })

  // Once a bug: quotes were paired from the end, so an unpaired last quote hid a directive.
  it('an unpaired quote does not hide a directive for shared caches', () => {
    expect(privateCacheControl('x="a", s-maxage=600, y="')).not.toContain('s-maxage')
  })

  it('never throws, and never lets a shared cache keep the answer', () => {
    const pieces = ['public', 's-maxage=9', 'no-store', ',', ', ', '=', '"', ' ', '\t', 'x']
    fc.assert(
      fc.property(fc.oneof(anyText, textOf(pieces)), (value) => {
        const result = privateCacheControl(value)
        expect(result.length).toBeLessThanOrEqual(2 * value.length + 9)
        expect(result).toMatch(/^private\b|(?:^|, )no-store(?:,|$)/i)
      }),
      RUNS,
    )
  })

  const quoted = fc.constantFrom('', '="a, public"', '="s-maxage=9"', '="no-store"', '=9', '=""')
  const name = fc.constantFrom(
    'public',
    'private',
    's-maxage',
    'max-age',
    'no-store',
    'x',
    'PUBLIC',
  )
  const directive = fc.tuple(name, quoted).map(([key, text]) => key + text)
  const list = fc.array(directive, { maxLength: 8 }).map((all) => all.join(', '))

  it('drops exactly the directives for shared caches, and is idempotent', () => {
    fc.assert(
      fc.property(list, (value) => {
        const result = privateCacheControl(value)
        const bare = result.replace(/"[^"]*"/g, '').split(',')
        const names = bare.map((one) => one.trim().replace(/=.*$/, '').toLowerCase())
        expect(names).not.toContain('public')
        expect(names).not.toContain('s-maxage')
        expect(names.filter((one) => one === 'private').length).toBeLessThanOrEqual(1)
        for (const kept of ['max-age', 'x']) {
          expect(result.split(kept).length).toBeLessThanOrEqual(value.split(kept).length)
        }
        expect(privateCacheControl(result)).toBe(result)
      }),
      RUNS,
    )
  })
})

describe('addVary', () => {
  it.each<[value: string | null, names: string[], expected: string]>([
    [null, ['Cookie'], 'Cookie'],
    ['', ['Cookie'], 'Cookie'],
    ['Accept', ['Cookie', 'Origin'], 'Accept, Cookie, Origin'],
    ['Accept ,, Accept-Encoding', ['Cookie'], 'Accept, Accept-Encoding, Cookie'],
    ['*', ['Cookie'], '*'],
    [' * ', ['Cookie'], '*'],
    ['Accept', [], 'Accept'],
    [null, [], ''],
  ])('%j with %j is %j', (value, names, expected) => {
    expect(addVary(value, names)).toBe(expected)
  })

  // Once a bug: only the known names were compared in lower case, so each name was added again.
  it('does not add a name that is there already', () => {
    expect(addVary('Origin', ['Origin'])).toBe('Origin')
  })

  it('does not add a name that is there in another case', () => {
    expect(addVary('x-api-key, cookie', ['X-API-Key'])).toBe('x-api-key, cookie')
  })

  it('never throws, loses no name and adds every name', () => {
    const names = fc.array(fc.constantFrom('Origin', 'Cookie', 'Accept', 'X-API-Key'))
    fc.assert(
      fc.property(fc.oneof(anyText, textOf(['a', 'B-c', ',', ' ', '*'])), names, (value, added) => {
        const result = addVary(value, added)
        if (result === '*') return
        const listed = result
          .toLowerCase()
          .split(',')
          .map((name) => name.trim())
        const before = value
          .toLowerCase()
          .split(',')
          .map((name) => name.trim())
        for (const name of [...before, ...added]) {
          if (name !== '') expect(listed).toContain(name.toLowerCase())
        }
      }),
      RUNS,
    )
  })
})
