import fc from 'fast-check'
import { expect, it } from 'vitest'
import { parseAmount, parsePrice, rescale } from '../../../src/lib/money.ts'
import { anyText, RUNS } from '../../support/worker/generators.ts'

it.each([
  ['0.00015', 6, 150n],
  ['0.00105', 6, 1050n],
  ['0.00045', 6, 450n],
  ['1', 6, 1_000_000n],
  ['1.0', 6, 1_000_000n],
  ['0.000001', 6, 1n],
  ['10.500000', 6, 10_500_000n],
  ['5', 0, 5n],
  ['9007199254740993', 0, 9_007_199_254_740_993n], // a float cannot hold this number
  ['0.1', 18, 100_000_000_000_000_000n],
])('%s with %d decimals is %d units', (text, decimals, amount) => {
  expect(parseAmount(text, decimals)).toBe(amount)
})

it.each([
  '',
  '0',
  '0.0',
  '0.000000',
  '-1',
  '+1',
  '1.',
  '.5',
  '.',
  '01',
  '00.1',
  '1,5',
  '1_000',
  '1e5',
  '0x10',
  'NaN',
  'Infinity',
  ' 1',
  '1 ',
  '1\n',
  '١',
  '1.5.5',
  '$1',
  '1 USD',
  '0.0000001',
  '0.0001500',
  `1${'0'.repeat(40)}`,
])('%j is not an amount in a currency of 6 decimals', (text) => {
  expect(parseAmount(text, 6)).toBeNull()
})

it('an amount is never rounded: more decimals than the currency has are refused, zeros too', () => {
  expect(parseAmount('1.0', 0)).toBeNull()
  expect(parseAmount('0.10', 1)).toBeNull()
  expect(parseAmount('0.1', 1)).toBe(1n)
})

it('a price may be "0", in this spelling only; otherwise it is read like an amount', () => {
  expect([parsePrice('0', 6), parsePrice('0', 0), parseAmount('0', 6)]).toEqual([0n, 0n, null])
  const zero = fc.constantFrom('', '0.0', '0.000000', '00', '-0', '+0', ' 0', '0 ', '0.', '.0')
  const near = fc.stringMatching(/^[0-9]{0,4}\.?[0-9]{0,8}$/).filter((text) => text !== '0')
  fc.assert(
    fc.property(fc.oneof(zero, near), fc.integer({ min: 0, max: 18 }), (text, decimals) => {
      const amount = parseAmount(text, decimals)
      const safe = amount !== null && amount <= BigInt(Number.MAX_SAFE_INTEGER)
      expect(parsePrice(text, decimals)).toBe(safe ? amount : null)
    }),
    RUNS,
  )
})

it('reads every amount that can be written', () => {
  const amount = fc.bigInt({ min: 1n, max: 10n ** 20n })
  fc.assert(
    fc.property(amount, fc.integer({ min: 0, max: 18 }), (units, decimals) => {
      const digits = units.toString().padStart(decimals + 1, '0')
      const whole = digits.slice(0, digits.length - decimals)
      const text = decimals === 0 ? whole : `${whole}.${digits.slice(-decimals)}`
      expect(parseAmount(text, decimals)).toBe(units)
    }),
    RUNS,
  )
})

it('never throws: the result is null or an amount above 0', () => {
  const near = fc.stringMatching(/^[0-9]{0,4}\.?[0-9]{0,8}$/)
  fc.assert(
    fc.property(fc.oneof(anyText, near), fc.integer({ min: 0, max: 18 }), (text, decimals) => {
      const amount = parseAmount(text, decimals)
      if (amount !== null) expect(amount > 0n && amount < 10n ** 60n).toBe(true)
    }),
    RUNS,
  )
})

it.each([
  [150n, 6, 6, 150n],
  [150n, 6, 18, 150_000_000_000_000n],
  [1500n, 6, 4, 15n],
  [0n, 6, 2, 0n],
])(
  '%d units with %d decimals, rescaled to %d decimals, are %d units',
  (amount, decimals, toDecimals, scaled) => {
    expect(rescale(amount, decimals, toDecimals)).toBe(scaled)
  },
)

it('an amount that would have to be rounded is an error', () => {
  expect(() => rescale(150n, 6, 4)).toThrow('never rounded')
})
