import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { equal, hmacHex, hmacKey, randomHex, sha256Hex, toHex } from '../../../src/lib/bytes.ts'
import { RUNS } from '../../support/worker/generators.ts'

it('writes bytes as lower-case hexadecimal, two characters each', () => {
  expect(toHex(new Uint8Array())).toBe('')
  expect(toHex(new Uint8Array([0, 1, 15, 16, 127, 128, 171, 255]))).toBe('00010f107f80abff')
})

it('random hexadecimal has two characters for each byte and does not repeat', () => {
  expect(randomHex(24)).toMatch(/^[0-9a-f]{48}$/)
  expect(new Set(Array.from({ length: 1000 }, () => randomHex(16))).size).toBe(1000)
})

// FIPS 180-4 and the UTF-8 of "é".
it.each([
  ['', 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'],
  ['abc', 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad'],
  ['\u00e9', '4a99557e4033c3539de2eb65472017cad5f9557f7a0625a09f1c3f6e2ba69c4c'],
])('SHA-256 of %j', async (text, hash) => {
  expect(await sha256Hex(text)).toBe(hash)
})

it('HMAC-SHA256 agrees with RFC 4231, test case 2', async () => {
  const tag = await hmacHex(await hmacKey('Jefe'), 'what do ya want for nothing?')
  expect(tag).toBe('5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843')
})

it('a key for HMAC cannot be exported', async () => {
  expect((await hmacKey('secret')).extractable).toBe(false)
})

describe('equal', () => {
  it.each([
    ['', '', true],
    ['a', 'a', true],
    ['a', 'b', false],
    ['a', '', false],
    ['', 'a', false],
    ['a', 'a\0', false], // a missing character must not equal NUL
    ['a\0', 'a', false],
    ['', '\0', false],
    ['abc', 'ab', false],
    ['\u00e9', 'e\u0301', false],
  ])('of %j and %j is %s', (left, right, expected) => {
    expect(equal(left, right)).toBe(expected)
  })

  it('agrees with === on every pair of well-formed strings', () => {
    const text = fc.string({ unit: 'binary', maxLength: 6 })
    fc.assert(
      fc.property(text, text, (left, right) => {
        expect(equal(left, right)).toBe(left === right)
        expect(equal(left, `${left}`)).toBe(true)
      }),
      RUNS,
    )
  })

  // Once a bug, harmless while only hexadecimal is compared: all lone surrogates became U+FFFD.
  it('tells two different ill-formed strings apart', () => {
    expect(equal('\ud800', '\ud801')).toBe(false)
  })
})
