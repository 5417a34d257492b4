/** Codes of sign-in mails: how they are made, shown and read. */
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { codeHash, mintCode, readCode, shownCode } from '../../../src/credentials/signInCode.ts'
import { hmacKey } from '../../../src/lib/bytes.ts'

it('a code has 8 of 28 letters, all of them about equally often', () => {
  const counts = new Map<string, number>()
  for (let i = 0; i < 7_000; i++) {
    const code = mintCode()
    expect(code).toMatch(/^[2-9BCDFGHJKLMNPQRSTVWXZ]{8}$/)
    for (const letter of code) counts.set(letter, (counts.get(letter) ?? 0) + 1)
  }
  expect(counts.size).toBe(28)
  for (const count of counts.values()) expect(Math.abs(count - 2_000)).toBeLessThan(400)
})

it('a code is read as people see and type it', () => {
  for (let i = 0; i < 100; i++) {
    const code = mintCode()
    expect(readCode(shownCode(code))).toBe(code)
    expect(readCode(` ${shownCode(code).toLowerCase()}\r\n`)).toBe(code)
  }
})

it.each(['', 'BCDF', 'BCDF-23456', 'BCDF-234O', 'BCDF_2345', 'x'.repeat(65), '\u00df'.repeat(4)])(
  '%j is no code',
  (typed) => {
    expect(readCode(typed)).toBeNull()
  },
)

it('any text is read as a code of the alphabet or as none', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 70 }), (typed) => {
      expect(readCode(typed) ?? 'BBBBBBBB').toMatch(/^[2-9BCDFGHJKLMNPQRSTVWXZ]{8}$/)
    }),
  )
})

it('the hash of a code is another one for every key and every browser', async () => {
  const [one, other] = [await hmacKey('a'.repeat(32)), await hmacKey('b'.repeat(32))]
  const hashes = [
    await codeHash(one, 'browser', 'BCDF2345'),
    await codeHash(other, 'browser', 'BCDF2345'),
    await codeHash(one, 'another', 'BCDF2345'),
    await codeHash(one, 'browser', 'BCDF2346'),
  ]
  expect(new Set(hashes).size).toBe(4)
  expect(await codeHash(one, 'browser', 'BCDF2345')).toBe(hashes[0])
})
