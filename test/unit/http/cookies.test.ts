import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { cookieDomains, cookieValues, setCookie } from '../../../src/http/cookies.ts'
import { anyText, RUNS, textOf } from '../../support/worker/generators.ts'

describe('cookieValues', () => {
  it.each<[header: string, values: string[]]>([
    ['', []],
    ['sid=a', ['a']],
    ['other=1; sid=a; more=2', ['a']],
    ['sid=a; sid=b', ['a', 'b']],
    ['sid=a;sid=b;sid=a', ['a', 'b', 'a']],
    [' \tsid\t = \ta ', ['a']],
    ['sid=', ['']],
    ['sid=a=b==', ['a=b==']],
    ['sid="a"', ['"a"']], // the quotes are part of a cookie's value
    ['sid', []],
    ['sid;sid=a', ['a']],
    ['=a', []],
    ['SID=a; Sid=b', []],
    ['xsid=a; sidx=b; si=c', []],
    ['__Host-sid=a', []],
    ['\u00a0sid=a', []], // a look-alike with a no-break space
    ['sid\u00a0=a', []],
    ['\u2003sid=a', []],
    ['s%69d=a', []],
    ['a="; sid=b"', ['b"']], // quotes do not protect a ";" (RFC 6265 section 4.1.1)
    ['a=1, sid=b', []], // headers joined by a comma are not two cookies
  ])('%j gives %j', (header, values) => {
    expect(cookieValues(header, 'sid')).toEqual(values)
  })

  it('are found in time, whatever else the header has', () => {
    for (const piece of ['a=b; ', 'sid', 'sid=', ' sid;', 'sid ; ', ' ', ';', '='])
      expect(cookieValues(`${piece.repeat(500_000)};sid=a`, 'sid').at(-1)).toBe('a')
  })

  it('finds every value that was written, in order', () => {
    const value = fc.stringMatching(/^[\x21\x23-\x2b\x2d-\x3a\x3c-\x5b\x5d-\x7e]{0,12}$/)
    const pair = fc.tuple(fc.constantFrom('sid', 'other', 'SID', 'sid2'), value)
    fc.assert(
      fc.property(fc.array(pair, { maxLength: 8 }), (pairs) => {
        const header = pairs.map(([name, text]) => `${name}=${text}`).join('; ')
        const own = pairs.filter(([name]) => name === 'sid').map(([, text]) => text)
        expect(cookieValues(header, 'sid')).toEqual(own)
      }),
      RUNS,
    )
  })

  it('never throws, and gives no value that is not in the header', () => {
    const near = textOf(['sid', '=', ';', ' ', '\t', ',', '"', 'a', '\u00a0'])
    fc.assert(
      fc.property(fc.oneof(anyText, near), (header) => {
        const values = cookieValues(header, 'sid')
        expect(values.length).toBeLessThanOrEqual(header.split('sid').length - 1)
        for (const value of values) expect(header).toContain(value)
      }),
      RUNS,
    )
  })
})

describe('setCookie', () => {
  it('sets a cookie for this host only, for every path, hidden from scripts, Lax', () => {
    expect(setCookie('sid', 'abc', { maxAgeSeconds: 60, secure: true })).toBe(
      'sid=abc; Path=/; Max-Age=60; HttpOnly; Secure; SameSite=Lax',
    )
  })

  it('leaves out Secure only when asked to, and deletes with an age of 0', () => {
    expect(setCookie('sid', '', { maxAgeSeconds: 0, secure: false })).toBe(
      'sid=; Path=/; Max-Age=0; HttpOnly; SameSite=Lax',
    )
  })
})

it.each([
  ['xquik.com', ['xquik.com']],
  ['api.eu.xquik.com', ['api.eu.xquik.com', 'eu.xquik.com', 'xquik.com']],
  ['localhost', []],
  ['127.0.0.1', []],
  ['[::1]', []],
])('cookies for %s may be set on the domains %j', (host, domains) => {
  expect(cookieDomains(host)).toEqual(domains)
})
