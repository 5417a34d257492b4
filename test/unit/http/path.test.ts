import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { readTarget } from '../../../src/http/path.ts'
import { anyText, RUNS, textOf } from '../../support/worker/generators.ts'

const HOST = 'https://gateway.test'

/** Paths with two readings, named after the security cases that they stand for. */
const REFUSED: [promise: string, ...paths: string[]][] = [
  ['a dot segment', '/public/../v1/echo', '/..', '/.', '/a/./b', '/a/..', '/a/.'],
  ['an encoded dot segment', '/public/%2e%2e/v1/echo', '/%2e', '/a/%2e/b'],
  ['a dot segment encoded in mixed case', '/public/%2E%2e/v1/echo', '/%2e%2E'],
  ['a half-encoded dot segment', '/public/.%2e/v1/echo', '/public/%2e./v1/echo'],
  ['an encoded slash', '/v1%2fecho', '/v1%2Fecho', '/a/..%2fb', '/%2f'],
  ['an encoded backslash', '/public/..%5cv1/echo', '/a%5Cb'],
  ['a literal backslash', '/public\\..\\v1/echo', '/a\\b', '\\a'],
  ['a doubly encoded slash or dot', '/a%252fb', '/a/%252e%252e/b', '/%25'],
  ['an empty segment', '//v1/echo', '/v1//echo', '/v1/echo//', '//', '///'],
  ['a scheme-relative target', '//origin-b.test/public/x'],
  ['a matrix parameter', '/v1/echo;x=1', '/v1/echo;', '/v1;/echo', '/;'],
  ['an encoded semicolon', '/v1/echo%3bx=1', '/v1/echo%3B'],
  ['an encoded NUL', '/v1/echo%00', '/v1/%00/echo', '/v1/echo%00.json'],
  ['encoded line breaks', '/v1/echo%0d%0aX-Injected:%201', '/a%0a', '/a%0D'],
  ['an encoded control character', '/a%09b', '/a%1fb', '/a%7fb', '/a%7F'],
  [
    'an encoded blank at the edge of a segment',
    '/v1/echo%20',
    '/%20v1/echo',
    '/v1%20/echo',
    '/%20',
  ],
  ['a trailing dot', '/v1/echo.', '/v1./echo', '/v1/echo...', '/a.%20', '/a%20.'],
  ['an encoded unreserved character', '/v1/%61ccount', '/%7e', '/a%2d', '/%5F', '/%41', '/%30'],
  ['a malformed percent', '/v1/paid/x%', '/x%2', '/x%zz', '/x%%20', '/%u0041', '/x%2', '/x%-1'],
  ['an invalid UTF-8 escape', '/v1/paid/x%c0', '/%c0%ae', '/%ff', '/%e3%81', '/%ed%a0%80', '/%80'],
  ['a fragment', '/public/x#/../../v1/echo', '/x#', '/x?q#f', '/x?#'],
  ['a character that a URL does not hold', '/a b', '/caf\u00e9', '/a|b', '/a^b', '/a{b}', '/a"b'],
  ['a raw control character', '/a\tb', '/a\nb', '/a\0b', '/a\r\nb', '/a\n', '/a\t'],
  ['an angle bracket, a backtick, a square bracket', '/<a>', '/a`b', '/a[b]'],
]

const KEPT = [
  '/',
  '/a',
  '/a/',
  '/public/caf%C3%A9/%E3%81%82',
  '/public/caf%c3%a9',
  '/v1/%EF%BD%85cho', // a full-width letter is another path, not "echo"
  '/V1/ECHO',
  '/a%20b',
  '/a%20.b',
  '/.well-known/jwks.json',
  '/..a/.b',
  '/a.b.c',
  '/~user/-/_',
  "/a!$&'()*+,=:@b",
  '/a%3Ab%40c%2C%2B%3D',
  '/%F0%9F%94%91',
]

describe('readTarget', () => {
  describe.each(REFUSED)('%s is refused', (_promise, ...paths) => {
    it.each(paths)('%j', (path) => {
      expect(readTarget(HOST + path)).toBeNull()
      expect(readTarget(`${HOST}${path}?q=1`), 'with a query').toBeNull()
    })
  })

  it.each(KEPT)('%s is kept exactly as sent', (path) => {
    expect(readTarget(HOST + path)).toEqual({ path, query: '' })
    expect(readTarget(`${HOST}:8787${path}?a=1`)).toEqual({ path, query: '?a=1' })
  })

  it.each(['?', '?a=%2e%2e/../;', '?a=1?b=2', '?next=//evil.test', '?%zz%', '?a=https://x/y'])(
    'the query %s is forwarded unchanged and does not affect the path',
    (query) => {
      expect(readTarget(`${HOST}/a/b${query}`)).toEqual({ path: '/a/b', query })
    },
  )

  it('a URL without a path is refused', () => {
    for (const url of [HOST, `${HOST}?q=1`, `${HOST}#/a`, '', '/', 'a', '://', 'about:blank']) {
      expect(readTarget(url), url).toBeNull()
    }
  })

  // Once a bug: the search for the first slash went past "?", so a query's slash began the path.
  it('a slash in the query does not begin the path of a URL without one', () => {
    expect(readTarget(`${HOST}?next=/account`)).toBeNull()
  })

  // Once a bug: the text between "://" and the first slash was not checked.
  it('a backslash after the host is refused or read as a URL parser reads it', () => {
    const url = `${HOST}\\a/b`
    expect(readTarget(url)?.path ?? new URL(url).pathname).toBe(new URL(url).pathname)
  })

  it('every character is either refused or forwarded unchanged, plain and encoded', () => {
    for (let code = 0; code < 0x200; code++) {
      const character = String.fromCharCode(code)
      const hex = code < 0x100 ? `%${code.toString(16).padStart(2, '0')}` : ''
      for (const path of [`/a${character}b`, `/${character}`, `/a${hex}b`, `/${hex}`]) {
        const target = readTarget(HOST + path)
        if (target !== null) expect(target.path + target.query, JSON.stringify(path)).toBe(path)
        if (target !== null) expect(new URL(HOST + path).pathname).toBe(target.path)
      }
    }
  })

  it('a very long path is read like any other', () => {
    const long = `/${'a'.repeat(200_000)}`
    expect(readTarget(HOST + long)?.path).toBe(long)
    expect(readTarget(`${HOST}${long}%C3%A9`)?.path).toBe(`${long}%C3%A9`)
    expect(readTarget(`${HOST}${'/a'.repeat(100_000)}/%2e`)).toBeNull()
  })
})

const PIECES = [
  '/',
  '/',
  '/',
  'a',
  'B',
  '0',
  '.',
  '..',
  '...',
  '%2e',
  '%2E',
  '%2f',
  '%2F',
  '%5c',
  '\\',
  '%',
  '%2',
  '%25',
  '%00',
  '%0a',
  '%20',
  '%C3%A9',
  '%c3',
  '%a9',
  '%7e',
  '%61',
  'é',
  '🔑',
  ';',
  '%3b',
  ':',
  '@',
  '?',
  '#',
  '%3f',
  '%23',
  '|',
  '^',
  '{',
  '"',
  '<',
  '`',
  "'",
  '[',
  '*',
  ' ',
  '\t',
  '\n',
  '\r',
  '\0',
  '+',
  '~',
  '_',
  '-',
  '!',
  '$',
  '&',
  '(',
  ')',
  ',',
  '=',
]

describe('readTarget, for any path', () => {
  it('an accepted path is exactly the path that a URL parser would forward', () => {
    fc.assert(
      fc.property(textOf(PIECES), (text) => {
        const target = readTarget(`${HOST}/${text}`)
        if (target === null) return
        expect(`/${text}`).toBe(target.path + target.query)
        expect(new URL(`${HOST}/${text}`).pathname).toBe(target.path)
        expect(new URL(target.path, 'http://other.test').href).toBe(
          `http://other.test${target.path}`,
        )
      }),
      RUNS,
    )
  })

  it('an accepted path has the same segments before and after decoding', () => {
    fc.assert(
      fc.property(textOf(PIECES), (text) => {
        const path = readTarget(`${HOST}/${text}`)?.path
        if (path === undefined) return
        const decoded = decodeURIComponent(path)
        expect(decoded.split(/[/\\;]/)).toHaveLength(path.split('/').length)
        expect(decodeURIComponent(decoded), 'decoding twice changes nothing').toBe(decoded)
        for (const segment of decoded.split('/')) expect(segment).not.toMatch(/^\.+$|^ | $|\.$/)
        expect(decoded.slice(1, -1)).not.toContain('//')
      }),
      RUNS,
    )
  })

  it('a path of plain segments is never refused', () => {
    const segment = fc.stringMatching(/^[A-Za-z0-9\-_~!$&'()*+,=:@]{1,12}$/)
    fc.assert(
      fc.property(fc.array(segment, { minLength: 1, maxLength: 8 }), (segments) => {
        const path = `/${segments.join('/')}`
        expect(readTarget(HOST + path)).toEqual({ path, query: '' })
      }),
      RUNS,
    )
  })

  it('never throws, and gives nothing that is not in the URL', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        for (const url of [text, HOST + text, `${HOST}/${text}`]) {
          const target = readTarget(url)
          if (target !== null) expect(url.endsWith(target.path + target.query)).toBe(true)
        }
      }),
      RUNS,
    )
  })
})
