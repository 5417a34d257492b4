/** How text of clients and callers is shown on our pages. */
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { shownText } from '../../../src/lib/shownText.ts'

it.each([
  ['Claude', 'Claude'],
  ['  two \t\n words ', 'two words'],
  ['evil\u202egpj.exe', 'evilgpj.exe'],
  ['a\u2066b\u2069c\u200bd\ufeffe', 'abcde'],
  ['null\u0000byte\u001b[31m', 'nullbyte[31m'],
  ['line\u2028separator', 'line separator'],
  ['\u3164\u2800\u115f', ''],
  ['Zoë 東京 שלום', 'Zoë 東京 שלום'],
  [`z${'\u0301'.repeat(40)}`, '\u017a\u0301\u0301'],
  ['\ud800lone', 'lone'],
])('%j is shown as %j', (text, expected) => {
  expect(shownText(text, 64)).toBe(expected)
})

it('is cut at a number of code points, and marks the cut', () => {
  expect(shownText('x'.repeat(65), 64)).toBe(`${'x'.repeat(63)}…`)
  expect(shownText('😀'.repeat(65), 64)).toBe(`${'😀'.repeat(63)}…`)
  expect(shownText('x'.repeat(64), 64)).toBe('x'.repeat(64))
})

it('is never too long and shows nothing invisible, whatever the text', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 400 }), (text) => {
      const shown = shownText(text, 20)
      expect([...shown].length).toBeLessThanOrEqual(20)
      expect(shown).not.toMatch(/[\p{C}\u2028\u2029]|\p{M}{3}|^ | {2}| $/u)
      expect(shownText(shown, 20)).toBe(shown)
    }),
    { numRuns: 2000 },
  )
})
