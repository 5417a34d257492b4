/** Which credential of a request counts. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { keyFormsOf } from '../../../src/credentials/apiKey.ts'
import {
  type PresentedCredential,
  presentedCredential,
} from '../../../src/credentials/presented.ts'
import { headerText, RUNS } from '../../support/worker/generators.ts'
import { gatewayOf } from '../../support/worker/sampleConfig.ts'

const KEYS = keyFormsOf(gatewayOf('GET /a').apiKeys)

type Pairs = [name: string, value: string][]

const presented = (...pairs: Pairs) =>
  presentedCredential(new Headers(pairs), 'session_token', false, KEYS)
const MULTIPLE = { kind: 'multiple' }
const UNKNOWN = { kind: 'unknown' }
const NONE = { kind: 'none' }

describe('the first credential present decides alone', () => {
  it.each<[what: string, pairs: Pairs, expected: object]>([
    ['nothing', [], NONE],
    [
      'other headers only',
      [
        ['cookie', 'a=b'],
        ['x-key', 'a'],
      ],
      NONE,
    ],
    ['a key', [['x-api-key', 'k']], { kind: 'api_key', value: 'k' }],
    ['a key, the header in capitals', [['X-API-KEY', 'k']], { kind: 'api_key', value: 'k' }],
    ['a token', [['authorization', 'Bearer t']], { kind: 'oauth', value: 't' }],
    ['a payment', [['authorization', 'Payment p']], { kind: 'payment', value: 'p' }],
    ['a session', [['cookie', 'session_token=s']], { kind: 'session', value: 's' }],
    [
      'a session among cookies',
      [['cookie', 'a=b; session_token=s; c=d']],
      { kind: 'session', value: 's' },
    ],
    [
      'key, token, session',
      [
        ['cookie', 'session_token=s'],
        ['authorization', 'Bearer t'],
        ['x-api-key', 'k'],
      ],
      { kind: 'api_key', value: 'k' },
    ],
    [
      'token, session',
      [
        ['cookie', 'session_token=s'],
        ['authorization', 'Bearer t'],
      ],
      { kind: 'oauth', value: 't' },
    ],
    [
      'payment, session',
      [
        ['cookie', 'session_token=s'],
        ['authorization', 'Payment p'],
      ],
      { kind: 'payment', value: 'p' },
    ],
    [
      'an empty key before a session',
      [
        ['x-api-key', ''],
        ['cookie', 'session_token=s'],
      ],
      { kind: 'api_key', value: '' },
    ],
    [
      'a bad key before a token',
      [
        ['x-api-key', 'typo'],
        ['authorization', 'Bearer t'],
      ],
      { kind: 'api_key', value: 'typo' },
    ],
    [
      'an unknown scheme before a session',
      [
        ['authorization', 'Basic eA=='],
        ['cookie', 'session_token=s'],
      ],
      UNKNOWN,
    ],
    [
      'an empty Authorization before a session',
      [
        ['authorization', ''],
        ['cookie', 'session_token=s'],
      ],
      UNKNOWN,
    ],
    ['an empty session', [['cookie', 'session_token=']], { kind: 'session', value: '' }],
    ['a payment in its second header', [['payment-authorization', 'Payment p']], NONE],
    ['a proxy credential', [['proxy-authorization', 'Bearer t']], NONE],
    ['a cookie of another case', [['cookie', 'Session_Token=s']], NONE],
  ])('%s', (_what, pairs, expected) => {
    expect(presented(...pairs)).toEqual(expected)
  })
})

describe('two credentials of one kind are refused, because either may be meant', () => {
  it.each<[what: string, pairs: Pairs]>([
    [
      'the key header twice',
      [
        ['x-api-key', 'a'],
        ['x-api-key', 'b'],
      ],
    ],
    [
      'the same key twice',
      [
        ['x-api-key', 'a'],
        ['x-api-key', 'a'],
      ],
    ],
    ['a comma in a key', [['x-api-key', 'a,b']]],
    [
      'an empty key and a key',
      [
        ['x-api-key', ''],
        ['x-api-key', 'b'],
      ],
    ],
    [
      'Authorization twice',
      [
        ['authorization', 'Bearer a'],
        ['authorization', 'Bearer b'],
      ],
    ],
    ['a token and a payment', [['authorization', 'Bearer a, Payment b']]],
    ['a comma in a token', [['authorization', 'Bearer a,b']]],
    ['the cookie twice', [['cookie', 'session_token=a; session_token=b']]],
    ['the same cookie twice', [['cookie', 'session_token=a; x=y; session_token=a']]],
    ['an empty cookie and a cookie', [['cookie', 'session_token=; session_token=b']]],
  ])('%s', (_what, pairs) => {
    expect(presented(...pairs)).toEqual(MULTIPLE)
  })

  it('a doubled credential that does not count is ignored like any other', () => {
    const twice: Pairs[number] = ['cookie', 'session_token=a; session_token=b']
    expect(presented(['x-api-key', 'k'], twice)).toEqual({ kind: 'api_key', value: 'k' })
    expect(presented(['authorization', 'Bearer t'], twice)).toEqual({ kind: 'oauth', value: 't' })
  })

  it('two cookie headers never give the session of one of them', () => {
    const both = presented(['cookie', 'session_token=a'], ['cookie', 'session_token=b'])
    expect(both).not.toEqual({ kind: 'session', value: 'a' })
    expect(both).not.toEqual({ kind: 'session', value: 'b' })
  })
})

describe('Authorization', () => {
  it.each([
    ['bearer t', 'oauth'],
    ['BEARER t', 'oauth'],
    ['Bearer   t', 'oauth'],
    ['  Bearer t  ', 'oauth'],
    ['payment t', 'payment'],
    ['PayMent t', 'payment'],
  ])('%j: the scheme is read in any case', (value, kind) => {
    expect(presented(['authorization', value])).toEqual({ kind, value: 't' })
  })

  it.each([
    'Basic eA==',
    'Bearer',
    'Bearer ',
    't',
    'Bearert',
    'Bearer\tt',
    'Bearer t u',
    'Bearer=t',
    'Digest a=b',
    'XBearer t',
    'Payments t',
    'Bearer: t',
    'DPoP t',
  ])('%j has no scheme of ours', (value) => {
    expect(presented(['authorization', value])).toEqual(UNKNOWN)
  })
})

describe('a payment that cannot be parsed is still a payment: the protocol has its own answer', () => {
  it.each([
    ['Payment', ''],
    ['payment ', ''],
    ['Payment p q', 'p q'],
    ['Payment !', '!'],
  ])('%j', (value, payment) => {
    expect(presented(['authorization', value])).toEqual({ kind: 'payment', value: payment })
  })
})

it('never throws, and only the first credential counts', () => {
  const optional = fc.option(headerText, { nil: undefined })
  const near = fc.option(fc.constantFrom('Bearer t', 'Payment p', 'Basic b', 'Bearer a, b', ''), {
    nil: undefined,
  })
  const cookie = fc.option(fc.constantFrom('session_token=s', 'session_token=a;session_token=b'), {
    nil: undefined,
  })
  const anyCookie = fc.oneof(cookie, optional)
  fc.assert(
    fc.property(fc.tuple(optional, fc.oneof(near, optional), anyCookie, fc.boolean()), (given) => {
      const [key, authorization, cookies, takesHeader] = given
      const headers = new Headers()
      if (key !== undefined) headers.set('x-api-key', key)
      if (authorization !== undefined) headers.set('authorization', authorization)
      if (cookies !== undefined) headers.set('cookie', cookies)
      const { kind } = presentedCredential(headers, 'session_token', takesHeader, KEYS)
      const possible: Record<string, PresentedCredential['kind'][]> = {
        key: ['api_key', 'multiple'],
        authorization: ['oauth', 'payment', 'unknown', 'multiple'],
        cookies: ['session', 'none', 'multiple'],
      }
      const first =
        key !== undefined ? 'key' : authorization !== undefined ? 'authorization' : 'cookies'
      expect(possible[first]).toContain(kind)
    }),
    RUNS,
  )
})
