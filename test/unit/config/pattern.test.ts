import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  bySpecificity,
  METHODS,
  type Pattern,
  parsePattern,
  shape,
} from '../../../src/config/pattern.ts'
import { anyText, RUNS, textOf } from '../../support/worker/generators.ts'
import { matches } from '../../support/worker/patternModel.ts'

/** A pattern; throws if the text is not one. */
function pattern(text: string): Pattern {
  const parsed = parsePattern(text)
  if (typeof parsed === 'string') throw new Error(`${text}: ${parsed}`)
  return parsed
}

const segmentsOf = (path: string) => (path === '/' ? [] : path.slice(1).split('/'))

describe('parsePattern', () => {
  it.each<[text: string, expected: Pattern]>([
    ['GET /', { methods: ['GET', 'HEAD'], anyMethod: false, segments: [] }],
    ['POST /a', { methods: ['POST'], anyMethod: false, segments: ['a'] }],
    ['GET|POST /a', { methods: ['GET', 'HEAD', 'POST'], anyMethod: false, segments: ['a'] }],
    ['HEAD /a', { methods: ['HEAD'], anyMethod: false, segments: ['a'] }],
    ['* /a/*', { methods: [...METHODS], anyMethod: true, segments: ['a', '*'] }],
    ['* /*', { methods: [...METHODS], anyMethod: true, segments: ['*'] }],
    ['DELETE /a/:id', { methods: ['DELETE'], anyMethod: false, segments: ['a', ':id'] }],
    [
      'PUT /a-b/c_d/~e/f.g',
      { methods: ['PUT'], anyMethod: false, segments: 'a-b c_d ~e f.g'.split(' ') },
    ],
  ])('%s', (text, expected) => {
    expect(parsePattern(text)).toEqual(expected)
  })

  it.each([
    ['', 'METHOD /path'],
    ['GET', 'METHOD /path'],
    ['/a', 'METHOD /path'],
    ['GET  /a', 'METHOD /path'],
    ['GET /a ', 'METHOD /path'],
    ['GET /a /b', 'METHOD /path'],
    ['get /a', '"get" is not a method'],
    ['FETCH /a', '"FETCH" is not a method'],
    ['CONNECT /a', '"CONNECT" is not a method'],
    ['TRACE /a', '"TRACE" is not a method'],
    ['GET| /a', '"" is not a method'],
    ['*|GET /a', '"*" is not a method'],
    ['GET|get /a', '"get" is not a method'],
    ['GET a', 'must start with "/"'],
    ['GET *', 'must start with "/"'],
    ['GET https://a/b', 'must start with "/"'],
  ])('%j: %s', (text, sentence) => {
    expect(parsePattern(text)).toContain(sentence)
  })

  it.each([
    '/a/',
    '//a',
    '/a//b',
    '/*/a',
    '/a/*/b',
    '/a*',
    '/**',
    '/:',
    '/:1',
    '/:a-b',
    '/a:b',
    '/:a?',
    '/.',
    '/..',
    '/a/../b',
    '/a.',
    '/.a',
    '/a..b',
    '/%61',
    '/a%20b',
    '/a;b',
    '/a\\b',
    '/é',
    '/a?b',
    '/a#b',
    '/a{b}',
    '/(a|b)',
    '/a+',
    '/a\n',
    '/a@b',
  ])('GET %s can never match, and the complaint names the segment', (path) => {
    const complaint = parsePattern(`GET ${path}`)
    expect(complaint).toMatch(/^can never match: the segment "/)
  })

  it('never throws: the result is a complaint or a pattern that some path matches', () => {
    const near = textOf(['GET', 'POST', '*', '|', ' ', '/', 'a', ':id', ':', '.', '%', '\n'], 12)
    fc.assert(
      fc.property(fc.oneof(anyText, near), (text) => {
        const parsed = parsePattern(text)
        if (typeof parsed === 'string') {
          expect(parsed.length).toBeLessThan(text.length + 200)
          return
        }
        expect(parsed.methods.length).toBeGreaterThan(0)
        expect(
          matches(
            parsed,
            parsed.segments.map((one) => one.replace(/^:/, '')),
          ),
        ).toBe(true)
        expect(text.endsWith(`/${parsed.segments.join('/')}`)).toBe(true)
      }),
      RUNS,
    )
  })
})

describe('matches', () => {
  it.each([
    ['GET /', '/', true],
    ['GET /', '/a', false],
    ['GET /a', '/a', true],
    ['GET /a', '/a/', false],
    ['GET /a', '/A', false],
    ['GET /a', '/ab', false],
    ['GET /a', '/a/b', false],
    ['GET /a/:id', '/a/1', true],
    ['GET /a/:id', '/a/caf%C3%A9', true],
    ['GET /a/:id', '/a', false],
    ['GET /a/:id', '/a/', false],
    ['GET /a/:id', '/a/1/', false],
    ['GET /a/:id', '/a/1/b', false],
    ['GET /a/:id/b', '/a/1/b', true],
    ['GET /a/:id/b', '/a//b', false],
    ['* /a/*', '/a', true],
    ['* /a/*', '/a/', true],
    ['* /a/*', '/a/b', true],
    ['* /a/*', '/a/b/c/d', true],
    ['* /a/*', '/ab', false],
    ['* /a/*', '/b/a', false],
    ['* /a/:id/*', '/a/1', true],
    ['* /a/:id/*', '/a/1/b', true],
    ['* /a/:id/*', '/a', false],
    ['* /a/:id/*', '/a/', false],
    ['* /*', '/', true],
    ['* /*', '/a/b', true],
    ['GET /a.b', '/a.b', true],
    ['GET /a.b', '/axb', false],
  ])('%s matches %s: %s', (text, path, expected) => {
    expect(matches(pattern(text), segmentsOf(path))).toBe(expected)
  })
})

const segment = fc.constantFrom('a', 'b', ':id', ':name')
const anyPattern = fc
  .tuple(fc.constantFrom('GET', 'POST', '*'), fc.array(segment, { maxLength: 4 }), fc.boolean())
  .map(([verbs, segments, wild]) => `${verbs} /${[...segments, ...(wild ? ['*'] : [])].join('/')}`)
  .map(pattern)

describe('bySpecificity', () => {
  it.each([
    ['GET /x/tweets/search', 'GET /x/tweets/:id'],
    ['GET /x/tweets/:id', '* /x/*'],
    ['GET /x/tweets/:id', 'GET /x/tweets/*'],
    ['GET /x', 'GET /x/*'],
    ['GET /x/*', '* /x/*'],
    ['* /x/:id', 'GET /x/*'],
    ['* /x/tweets/*', 'GET /x/*'],
    ['GET /x/:id/a', 'GET /x/:id/:b'],
    ['GET /x/a/:b', 'GET /x/:a/b'],
    ['GET|POST /x', '* /x'],
  ])('%s comes before %s', (first, second) => {
    expect(bySpecificity(pattern(first), pattern(second))).toBeLessThan(0)
    expect(bySpecificity(pattern(second), pattern(first))).toBeGreaterThan(0)
  })

  it('the names of parameters do not matter', () => {
    expect(bySpecificity(pattern('GET /a/:id'), pattern('POST /a/:other'))).toBe(0)
  })

  it('is an order: antisymmetric and transitive', () => {
    fc.assert(
      fc.property(anyPattern, anyPattern, anyPattern, (a, b, c) => {
        expect(Math.sign(bySpecificity(a, b)) + Math.sign(bySpecificity(b, a))).toBe(0)
        expect(bySpecificity(a, a)).toBe(0)
        const isTransitive = bySpecificity(a, b) <= 0 && bySpecificity(b, c) <= 0
        if (isTransitive) expect(bySpecificity(a, c)).toBeLessThanOrEqual(0)
      }),
      RUNS,
    )
  })

  it('two patterns of different shapes that match one path are never equal', () => {
    const path = fc.array(fc.constantFrom('a', 'b', 'c'), { maxLength: 4 })
    fc.assert(
      fc.property(anyPattern, anyPattern, path, (a, b, segments) => {
        fc.pre(matches(a, segments) && matches(b, segments) && shape(a) !== shape(b))
        expect(bySpecificity(a, b)).not.toBe(0)
      }),
      { numRuns: 2000, maxSkipsPerRun: 1000 },
    )
  })
})

describe('shape', () => {
  it.each([
    ['GET /a/:id', '/a/:'],
    ['POST /a/:name', '/a/:'],
    ['GET /a/id', '/a/id'],
    ['* /a/*', '/a/*'],
    ['GET /', '/'],
  ])('of %s is %s', (text, expected) => {
    expect(shape(pattern(text))).toBe(expected)
  })

  it('two patterns of one shape match the same paths', () => {
    const path = fc.array(fc.constantFrom('a', 'b', 'c', ''), { maxLength: 5 })
    fc.assert(
      fc.property(anyPattern, anyPattern, path, (a, b, segments) => {
        if (shape(a) === shape(b)) expect(matches(a, segments)).toBe(matches(b, segments))
      }),
      RUNS,
    )
  })
})
