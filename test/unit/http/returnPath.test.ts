/** Where a person may be sent after signing in: only to a path on our own host. */
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { parseReturnPath } from '../../../src/http/returnPath.ts'

it.each([
  '/',
  '/?a=b',
  '/dashboard',
  '/dashboard/api-keys',
  '/api/oauth/authorize?response_type=code&client_id=https%3A%2F%2Fa.test%2Fc&state=a+b%2Bc&x',
  '/api/oauth/authorize?redirect_uri=http://localhost:1234/cb',
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
