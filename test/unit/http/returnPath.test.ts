/** Where a person may be sent after signing in: only to a path on our own host. */
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { parseReturnPath, returnPathOf } from '../../../src/http/returnPath.ts'

it.each([
  '/',
  '/?a=b',
  '/dashboard',
  '/dashboard/api-keys',
  '/api/oauth/authorize?response_type=code&client_id=https%3A%2F%2Fa.test%2Fc&state=a+b%2Bc&x',
  '/api/oauth/authorize?redirect_uri=http://localhost:1234/cb',
  '/api/oauth/authorize?state=a|b[c]{d}^`e',
])('%s is accepted', (path) => {
  expect(parseReturnPath(path)).toBe(path)
})

it.each([
  '',
  'a',
  '//evil.test',
  '///evil.test',
  '/\\evil.test',
  '\\\\evil.test',
  '/\tevil.test',
  '/\t/evil.test',
  '/\r\n/evil.test',
  '\u0000/a',
  ' /a',
  '/a ',
  '/../a',
  '/./a',
  '/..//evil.test',
  '/a//evil.test',
  '/a/',
  '/%2f%2fevil.test',
  '/%5cevil.test',
  '/a%09b',
  '/a;b',
  '/a@evil.test',
  '/a#b',
  '/a?b#c',
  '/a?b=\\',
  '/a?b=%',
  '/a?b=%zz',
  '/a?b=<script>',
  '/a?b="',
  '/a?b=\n',
  '/a?b=é',
  'https://evil.test',
  'https:/evil.test',
  'javascript:alert(1)',
  'data:text/html,x',
  `/${'a'.repeat(8192)}`,
  `/a?b=${'['.repeat(6000)}`,
])('%j is refused', (path) => {
  expect(parseReturnPath(path)).toBeNull()
})

it('every accepted path stays on our origin, and a URL parser leaves it as written', () => {
  const piece = fc.constantFrom(
    '/',
    '\\',
    '.',
    '..',
    '%2e',
    '%2f',
    '\t',
    '@',
    ':',
    '?',
    '#',
    'a',
    'evil.test',
    'https:',
  )
  const asked = fc.oneof(
    fc.string(),
    fc.array(piece, { maxLength: 8 }).map((all) => `/${all.join('')}`),
  )
  fc.assert(
    fc.property(asked, (text) => {
      const path = parseReturnPath(text)
      if (path === null) return
      const url = new URL(path, 'https://xquik.com')
      expect(url.origin).toBe('https://xquik.com')
      expect(url.href).toBe(`https://xquik.com${path.replaceAll("'", '%27')}`)
    }),
    { numRuns: 10_000 },
  )
})

it('whatever query a URL has, its return path is accepted and has the same parameters', () => {
  const query = fc.oneof(
    fc.string({ maxLength: 60 }),
    fc.string({ unit: fc.constantFrom(...'a=&+%\\|[]{}^`\'~<"\u00e9;?/ 25'), maxLength: 40 }),
  )
  fc.assert(
    fc.property(query, (text) => {
      const url = new URL('https://xquik.com/api/oauth/authorize')
      url.search = text
      const path = returnPathOf({ path: url.pathname, query: url.search })
      expect(path).not.toBeNull()
      expect(parseReturnPath(path ?? '')).toBe(path)
      const back = new URL(path ?? '', url)
      expect([back.origin, back.pathname]).toEqual([url.origin, url.pathname])
      expect([...back.searchParams]).toEqual([...url.searchParams])
    }),
    { numRuns: 5_000 },
  )
})

it('a return path that is too long, as it is or as a field of a form, is null', () => {
  const path = '/api/oauth/authorize'
  expect(returnPathOf({ path, query: `?a=${'b'.repeat(8_192)}` })).toBeNull()
  expect(returnPathOf({ path, query: `?a=${'b'.repeat(8_000)}` })).not.toBeNull()
  expect(returnPathOf({ path, query: `?a=${'['.repeat(6_000)}` })).toBeNull()
})
