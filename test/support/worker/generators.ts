/** The generated inputs of the property tests of parsers. */
import fc from 'fast-check'

/** How many inputs a property test of a parser generates. */
export const RUNS = { numRuns: 10_000 }

const NASTY = [
  '',
  '\0',
  '\r\n',
  '%',
  '%2',
  '%2f',
  '..',
  '//',
  '"',
  ',',
  ';',
  '=',
  '🔑',
  '\ud800',
  'é',
]

/** Any string: printable, any code point, lone surrogates, and pieces that confuse parsers. */
export const anyText = fc.oneof(
  fc.string(),
  fc.string({ unit: 'binary', maxLength: 80 }),
  fc.array(fc.constantFrom(...NASTY, 'a', '0', '/', ' ', '\t', '\n'), { maxLength: 30 }).map(join),
  fc.array(fc.integer({ min: 0, max: 0xffff })).map((units) => String.fromCharCode(...units)),
)

/** A header value: ASCII without NUL, CR and LF. (workerd warns about every other character.) */
export const headerText = fc
  .array(fc.integer({ min: 1, max: 0x7f }), { maxLength: 60 })
  .map((bytes) => String.fromCharCode(...bytes).replace(/[\r\n]/g, ' '))

/** Exactly `length` lower-case hexadecimal characters. */
export function hexOf(length: number): fc.Arbitrary<string> {
  const digit = fc.constantFrom(...'0123456789abcdef')
  return fc.array(digit, { minLength: length, maxLength: length }).map(join)
}

/** A text of up to `maxLength` of these pieces. */
export function textOf(pieces: readonly string[], maxLength = 24): fc.Arbitrary<string> {
  return fc.array(fc.constantFrom(...pieces), { maxLength }).map(join)
}

function join(pieces: readonly string[]): string {
  return pieces.join('')
}
