import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  fromBase64url,
  hmacBase64url,
  hmacKey,
  sha256,
  toBase64,
  toBase64url,
  toHex,
  utf8,
} from '../../../src/lib/bytes.ts'
import { anyText, RUNS, textOf } from '../../support/worker/generators.ts'

// RFC 4648 section 10.
describe.each([
  ['', ''],
  ['f', 'Zg=='],
  ['fo', 'Zm8='],
  ['foo', 'Zm9v'],
  ['foob', 'Zm9vYg=='],
  ['fooba', 'Zm9vYmE='],
  ['foobar', 'Zm9vYmFy'],
])('%j', (text, padded) => {
  const bare = padded.replaceAll('=', '')

  it(`is ${padded} in base64, and the same without padding in base64url`, () => {
    expect(toBase64(utf8(text))).toBe(padded)
    expect(toBase64url(utf8(text))).toBe(bare)
  })

  it('reads back with and without padding', () => {
    expect([fromBase64url(padded, 100), fromBase64url(bare, 100)]).toEqual([text, text])
  })
})

it('base64url has "-" and "_" where base64 has "+" and "/" (RFC 4648 section 5)', () => {
  const bytes = new Uint8Array([0xfb, 0xff, 0xfe])
  expect(toBase64(bytes)).toBe('+//+')
  expect(toBase64url(bytes)).toBe('-__-')
  expect(fromBase64url('fn5-', 4)).toBe('~~~')
  expect(fromBase64url('Pz8_', 4)).toBe('???')
})

it.each<[what: string, text: string]>([
  ['base64', 'fn5+'],
  ['base64', 'Pz8/'],
  ['one character too many', 'Zm9vY'],
  ['one character', 'A'],
  ['white space', 'Zm9v '],
  ['a line break', 'Zm9v\n'],
  ['a line break inside', 'Zm\n9v'],
  ['padding inside', 'Zg==Zg=='],
  ['too much padding', 'Zg==='],
  ['only padding and more', '===='],
  ['another alphabet', 'Zm9é'],
  ['NUL', 'Zm9\0'],
  ['not UTF-8', '_w'],
  ['UTF-8 that is cut off', '4oI'],
  ['an overlong slash', 'wK8'],
  ['a lone surrogate', '7aCA'],
  ['more characters than allowed', 'Zm9vYmFyZm9v'],
])('%s is refused: %j', (_what, text) => {
  expect(fromBase64url(text, 11)).toBeNull()
})

it('the maximum length counts every character, padding too', () => {
  expect([fromBase64url('Zg==', 4), fromBase64url('Zg==', 3)]).toEqual(['f', null])
})

it('decodes what it encodes, but for lone surrogates and a byte order mark', () => {
  fc.assert(
    fc.property(anyText, (text) => {
      const encoded = toBase64url(utf8(text))
      expect(encoded).toMatch(/^[A-Za-z0-9_-]*$/)
      const wellFormed = text.toWellFormed().replace(/^\ufeff/, '')
      expect(fromBase64url(encoded, encoded.length)).toBe(wellFormed)
    }),
    RUNS,
  )
})

it('never throws: the result is null or well-formed text', () => {
  const near = textOf(['Zg', 'Zm9v', '_w', '4oKs', '-', '=', '==', '+', ' ', 'A'])
  fc.assert(
    fc.property(fc.oneof(anyText, near), fc.nat(80), (text, most) => {
      const decoded = fromBase64url(text, most)
      if (decoded === null) return
      expect(text.length).toBeLessThanOrEqual(most)
      expect(decoded.isWellFormed()).toBe(true)
    }),
    RUNS,
  )
})

it('HMAC-SHA256 as base64url agrees with RFC 4231, test case 2', async () => {
  const tag = await hmacBase64url(await hmacKey('Jefe'), 'what do ya want for nothing?')
  expect(tag).toBe('W9zBRr9gdU5qBCQmCJV1x1oAPwidJzmDnexYuWTsOEM')
})

it('SHA-256 of bytes agrees with FIPS 180-4', async () => {
  const hash = 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad'
  expect(toHex(await sha256(utf8('abc')))).toBe(hash)
})
