/** The index of paths must find what the patterns say, in the order of their specificity. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { bySpecificity, type Pattern, parsePattern } from '../../../src/config/pattern.ts'
import { createPathIndex, segmentsOf } from '../../../src/config/routeIndex.ts'
import { RUNS } from '../../support/worker/generators.ts'
import { matches } from '../../support/worker/patternModel.ts'

describe('the segments of a path', () => {
  it.each<[path: string, segments: string[]]>([
    ['/', []],
    ['/a', ['a']],
    ['/a/', ['a', '']],
    ['/a/b', ['a', 'b']],
    ['/a//b', ['a', '', 'b']],
    ['//', ['', '']],
  ])('of %s are %j', (path, segments) => {
    expect(segmentsOf(path)).toEqual(segments)
  })
})

/** A pattern as the config writes it. */
function patternOf(text: string): Pattern {
  const pattern = parsePattern(text)
  if (typeof pattern === 'string') throw new Error(`${text}: ${pattern}`)
  return pattern
}

// Names that an object would have by itself are paths like any other.
const LITERALS = ['a', 'b', 'a.b', 'constructor', '__proto__']

const anyPattern = fc
  .tuple(
    fc.constantFrom('GET', 'POST', '*'),
    fc.array(fc.constantFrom(...LITERALS, ':id', ':name'), { maxLength: 4 }),
    fc.boolean(),
  )
  .map(([verbs, segments, isWild]) =>
    patternOf(`${verbs} /${[...segments, ...(isWild ? ['*'] : [])].join('/')}`),
  )

const anyPath = fc.array(fc.constantFrom(...LITERALS, 'c', '', '*', ':id', 'A'), { maxLength: 6 })

/** An index of patterns, each registered with itself. */
function indexOf(patterns: readonly Pattern[]) {
  const index = createPathIndex<Pattern>()
  for (const pattern of patterns) index.add(pattern.segments, pattern)
  return index
}

describe('the index', () => {
  it('finds what `matches` says, as the config orders its routes', () => {
    fc.assert(
      fc.property(fc.array(anyPattern, { maxLength: 12 }), anyPath, (given, path) => {
        const patterns = given.toSorted(bySpecificity)
        const expected = patterns.filter((pattern) => matches(pattern, path))
        const found = indexOf(patterns).at(path)
        expect(found.length).toBe(expected.length)
        for (const [i, pattern] of expected.entries()) expect(found[i]).toBe(pattern)
      }),
      RUNS,
    )
  })

  it('orders paths by itself, in whatever order they were added', () => {
    fc.assert(
      fc.property(fc.array(anyPattern, { maxLength: 12 }), anyPath, (given, path) => {
        // Methods are not the index's: of one path, what was added first comes first.
        const patterns = given.map((pattern) => ({ ...pattern, anyMethod: false }))
        const expected = patterns
          .filter((pattern) => matches(pattern, path))
          .toSorted(bySpecificity)
        const found = indexOf(patterns).at(path)
        expect(found.length).toBe(expected.length)
        for (const [i, pattern] of expected.entries()) expect(found[i]).toBe(pattern)
      }),
      RUNS,
    )
  })

  it('keeps all values of one path, in the order in which they were added', () => {
    const index = createPathIndex<number>()
    index.add(['a', ':id'], 1)
    index.add(['a', ':name'], 2)
    index.add(['a', ':id'], 3)
    expect(index.at(['a', 'b'])).toEqual([1, 2, 3])
  })

  it('finds again what it found before, and what was added since', () => {
    const index = createPathIndex<string>()
    expect(index.at(['a'])).toEqual([])
    index.add(['*'], 'all')
    expect(index.at(['a'])).toEqual(['all'])
    index.add(['a'], 'a')
    expect([index.at(['a']), index.at(['a'])]).toEqual([
      ['a', 'all'],
      ['a', 'all'],
    ])
  })

  it('takes a last "*" for its parent too, and an empty segment for no parameter', () => {
    const index = createPathIndex<string>()
    index.add(['a', '*'], 'below a')
    index.add(['a', ':id'], 'one of a')
    expect(index.at(['a'])).toEqual(['below a'])
    expect(index.at(['a', ''])).toEqual(['below a'])
    expect(index.at(['a', 'b'])).toEqual(['one of a', 'below a'])
  })
})
