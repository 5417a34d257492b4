/** `Payment-Status` is a dictionary of RFC 9651, whatever the chain or a config says. */
import { expect, it } from 'vitest'
import { type PaymentStatus, serializePaymentStatus } from '../../../src/paywall/paymentStatus.ts'

it.each<[PaymentStatus, string]>([
  [{ charged: false }, 'charged=?0'],
  [{ charged: true, amount: '150', reference: '0x1' }, 'charged=?1, amount="150", reference="0x1"'],
  [
    { charged: false, owed: '150', reference: '0x1', until: 1_795_415_288.7 },
    'charged=?0, owed="150", reference="0x1", until=1795415288',
  ],
  [{ pending: true, amount: '150' }, 'pending, amount="150"'],
  [{ charged: true, reference: 'a"b\\c' }, 'charged=?1, reference="a\\"b\\\\c"'],
  [{ charged: true, reference: 'a\r\nx-b: c' }, 'charged=?1'],
  [{ charged: true, reference: 'é' }, 'charged=?1'],
])('%j is %s', (status, expected) => {
  expect(serializePaymentStatus(status)).toBe(expected)
})
