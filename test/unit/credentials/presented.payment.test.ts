/** `Payment-Authorization`: read only if the route asks for it and there is no other credential. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { keyFormsOf } from '../../../src/credentials/apiKey.ts'
import { presentedCredential } from '../../../src/credentials/presented.ts'
import { headerText, RUNS } from '../../support/worker/generators.ts'
import { gatewayOf } from '../../support/worker/sampleConfig.ts'

const KEYS = keyFormsOf(gatewayOf('GET /a').apiKeys)

type Pairs = [name: string, value: string][]

const presented = (takesPaymentHeader: boolean, ...pairs: Pairs) =>
  presentedCredential(new Headers(pairs), 'session_token', takesPaymentHeader, KEYS)
const PAYMENT: Pairs[number] = ['payment-authorization', 'Payment p']

it('a route that asks for the header reads it, any other route ignores it', () => {
  expect(presented(true, PAYMENT)).toEqual({ kind: 'payment', value: 'p' })
  expect(presented(false, PAYMENT)).toEqual({ kind: 'none' })
})

it('a route that asks for the header still reads a payment in Authorization', () => {
  const paid = presented(true, ['authorization', 'Payment p'])
  expect(paid).toEqual({ kind: 'payment', value: 'p' })
})

describe('beside another credential the header is ignored: a typo in a key never makes an agent pay', () => {
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

  it('a cookie that is no session is no credential', () => {
    expect(presented(true, PAYMENT, ['cookie', 'a=b'])).toEqual({ kind: 'payment', value: 'p' })
  })
})

it.each<[value: string, expected: object]>([
  ['payment  p', { kind: 'payment', value: 'p' }],
  ['Payment', { kind: 'payment', value: '' }],
  ['Payment a, Payment b', { kind: 'multiple' }],
  ['Bearer t', { kind: 'unknown' }], // the header takes payments only
  ['Basic eA==', { kind: 'unknown' }],
  ['p', { kind: 'unknown' }],
  ['', { kind: 'unknown' }],
])('the header %j', (value, expected) => {
  expect(presented(true, ['payment-authorization', value])).toEqual(expected)
})

it('never throws, and never gives another kind of credential than a payment', () => {
  fc.assert(
    fc.property(headerText, (value) => {
      const { kind } = presented(true, ['payment-authorization', value])
      expect(['payment', 'unknown', 'multiple']).toContain(kind)
    }),
    RUNS,
  )
})
