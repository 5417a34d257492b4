/** `Payment-Authorization`: taken only where the row asks for it, and never beside an identity. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { presentedCredential } from '../../../src/credentials/presented.ts'
import { headerText, RUNS } from '../../support/worker/generators.ts'

type Pairs = [name: string, value: string][]

const presented = (takesPaymentHeader: boolean, ...pairs: Pairs) =>
  presentedCredential(new Headers(pairs), 'session_token', takesPaymentHeader)
const PAYMENT: Pairs[number] = ['payment-authorization', 'Payment p']

it('a row that asks for it takes it, any other does not see it', () => {
  expect(presented(true, PAYMENT)).toEqual({ kind: 'payment', value: 'p' })
  expect(presented(false, PAYMENT)).toEqual({ kind: 'none' })
})

it('a row that asks for it still takes a payment in Authorization', () => {
  const paid = presented(true, ['authorization', 'Payment p'])
  expect(paid).toEqual({ kind: 'payment', value: 'p' })
})

describe('beside another credential it is not looked at: a typo in a key never makes an agent pay', () => {
  it.each<[what: string, other: Pairs[number]]>([
    ['a key', ['x-api-key', 'k']],
    ['a key with a typo', ['x-api-key', 'typo']],
    ['an empty key', ['x-api-key', '']],
    ['two keys', ['x-api-key', 'a,b']],
    ['a token', ['authorization', 'Bearer t']],
    ['a payment in Authorization', ['authorization', 'Payment other']],
    ['an unknown scheme', ['authorization', 'Basic eA==']],
    ['an empty Authorization', ['authorization', '']],
    ['a session', ['cookie', 'session_token=s']],
    ['an empty session', ['cookie', 'session_token=']],
    ['two sessions', ['cookie', 'session_token=a; session_token=b']],
  ])('%s', (_what, other) => {
    const alone = presented(true, other)
    expect(presented(true, PAYMENT, other)).toEqual(alone)
    expect(presented(true, ['payment-authorization', 'Payment a, Payment b'], other)).toEqual(alone)
    expect(alone).not.toEqual({ kind: 'payment', value: 'p' })
  })

  it('but cookies that are no session are none', () => {
    expect(presented(true, PAYMENT, ['cookie', 'a=b'])).toEqual({ kind: 'payment', value: 'p' })
  })
})

it.each<[value: string, expected: object]>([
  ['payment  p', { kind: 'payment', value: 'p' }],
  ['Payment', { kind: 'payment', value: '' }],
  ['Payment a, Payment b', { kind: 'multiple' }],
  ['Bearer t', { kind: 'unknown' }], // no identity comes in by this door
  ['Basic eA==', { kind: 'unknown' }],
  ['p', { kind: 'unknown' }],
  ['', { kind: 'unknown' }],
])('%j in it', (value, expected) => {
  expect(presented(true, ['payment-authorization', value])).toEqual(expected)
})

it('never throws, and never gives more than a payment', () => {
  fc.assert(
    fc.property(headerText, (value) => {
      const { kind } = presented(true, ['payment-authorization', value])
      expect(['payment', 'unknown', 'multiple']).toContain(kind)
    }),
    RUNS,
  )
})
