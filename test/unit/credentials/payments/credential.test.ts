/** Payment credentials on the wire: parsing, the canonical form, receipts and problems. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { PaymentCredential } from '../../../../src/contract/wire.ts'
import {
  canonicalPayment,
  MAX_CREDENTIAL_LENGTH,
  parsePayment,
  serializeReceipt,
} from '../../../../src/credentials/payments/credential.ts'
import { fromBase64url, toBase64url, utf8 } from '../../../../src/lib/bytes.ts'
import { paymentProblemBody } from '../../../../src/paywall/problem.ts'
import { anyText, RUNS } from '../../../support/worker/generators.ts'

const CHALLENGE = { id: 'i', realm: 'r', method: 'tempo', intent: 'charge', request: 'e30' }
const PAYLOAD = { type: 'transaction', signature: '0x76f9' }
const CREDENTIAL = { challenge: CHALLENGE, payload: PAYLOAD, source: 'did:pkh:eip155:4217:0x70' }

const encodeText = (json: string) => toBase64url(utf8(json))
const encode = (value: unknown) => encodeText(JSON.stringify(value) ?? '')
const withChallenge = (changes: object) => {
  return { ...CREDENTIAL, challenge: { ...CHALLENGE, ...changes } }
}
/** Objects nested in each other, `depth` of them. */
const nested = (depth: number): object => (depth === 1 ? {} : { a: nested(depth - 1) })

function parsed(value: string): PaymentCredential {
  const credential = parsePayment(value)
  if (credential === null) throw new Error('not parsed')
  return credential
}

describe('parsePayment reads', () => {
  const optional = { expires: 'e', digest: 'd', opaque: 'o', header: 'h', description: 't' }

  it.each<[what: string, credential: object]>([
    ['a whole credential', CREDENTIAL],
    ['a credential without a source', { challenge: CHALLENGE, payload: PAYLOAD }],
    ['every optional part', withChallenge(optional)],
    ['optional parts that are empty', withChallenge({ opaque: '', digest: '' })],
    ['an empty payload: the method says what is in it', { ...CREDENTIAL, payload: {} }],
    [
      'a payload with all kinds of values',
      { ...CREDENTIAL, payload: { a: [1, null, { b: true }] } },
    ],
  ])('%s', (_what, credential) => {
    expect(parsePayment(encode(credential))).toEqual(credential)
  })

  it('no unknown part of a challenge, because it binds nothing', () => {
    expect(parsePayment(encode(withChallenge({ bonus: 'x', '': 5 })))).toEqual(CREDENTIAL)
  })

  it.each(['', '=', '=='])('base64url with or without padding: %j', (padding) => {
    expect(parsePayment(encode(CREDENTIAL) + padding)).toEqual(CREDENTIAL)
  })

  it('a payload as long as opening a channel needs', () => {
    const credential = { ...CREDENTIAL, payload: { signature: `0x${'f'.repeat(4000)}` } }
    expect(parsePayment(encode(credential))).toEqual(credential)
  })
})

describe('parsePayment refuses', () => {
  it.each(Object.keys(CHALLENGE))('a challenge whose %s is absent or no text', (name) => {
    for (const part of [undefined, '', null, 5, true, [], ['a'], {}]) {
      expect(parsePayment(encode(withChallenge({ [name]: part })))).toBeNull()
    }
  })

  it.each(['expires', 'digest', 'opaque', 'header', 'description'])(
    'a challenge with a %s that is no text',
    (name) => {
      for (const part of [null, 5, false, [], {}]) {
        expect(parsePayment(encode(withChallenge({ [name]: part })))).toBeNull()
      }
    },
  )

  it.each<[what: string, value: unknown]>([
    ['null', null],
    ['a text', 'payment'],
    ['a list', [CREDENTIAL]],
    ['no payload', { challenge: CHALLENGE }],
    ['a payload that is a text', { ...CREDENTIAL, payload: '0x76' }],
    ['a payload that is a list', { ...CREDENTIAL, payload: [] }],
    ['a payload that is null', { ...CREDENTIAL, payload: null }],
    ['no challenge', { payload: PAYLOAD }],
    ['a challenge that is a list', { ...CREDENTIAL, challenge: [] }],
    ['a challenge that is still encoded', { ...CREDENTIAL, challenge: encode(CHALLENGE) }],
    ['a source that is no text', { ...CREDENTIAL, source: 5 }],
    ['a source that is null', { ...CREDENTIAL, source: null }],
    ['a payload that is too deep', { ...CREDENTIAL, payload: nested(8) }],
  ])('%s', (_what, value) => {
    expect(parsePayment(encode(value))).toBeNull()
  })

  it.each<[what: string, value: string]>([
    ['nothing', ''],
    ['no base64url', '!!!notb64'],
    ['standard base64', '+/+/'],
    ['white space', ` ${encode(CREDENTIAL)}`],
    ['a second credential', `${encode(CREDENTIAL)} ${encode(CREDENTIAL)}`],
    ['bytes that are no UTF-8', toBase64url(new Uint8Array([0x22, 0xff, 0x22]))],
    ['no JSON', encodeText('{challenge}')],
    ['JSON that is cut off', encode(CREDENTIAL).slice(0, -8)],
    ['JSON and more', encodeText(`${JSON.stringify(CREDENTIAL)}{}`)],
    ['only brackets, deep', encodeText('['.repeat(12_000))],
    ['only objects, deep', encodeText('{"a":'.repeat(2400))],
    ['a list that is deep', encodeText('['.repeat(6000) + ']'.repeat(6000))],
    ['too much', encode({ ...CREDENTIAL, payload: { a: 'x'.repeat(MAX_CREDENTIAL_LENGTH) } })],
    ['far too much', 'A'.repeat(10_000_000)],
  ])('%s', (_what, value) => {
    expect(parsePayment(value)).toBeNull()
  })

  it('one character more than the maximum', () => {
    const most = 'A'.repeat(MAX_CREDENTIAL_LENGTH)
    expect([fromBase64url(most, most.length)?.length, parsePayment(`${most}A`)]).toEqual([
      (MAX_CREDENTIAL_LENGTH * 3) / 4,
      null,
    ])
  })
})

describe('parsePayment never throws, and gives null or a challenge of texts and a payload', () => {
  const check = (value: string) => {
    const credential = parsePayment(value)
    if (credential === null) return
    for (const name of ['id', 'realm', 'method', 'intent', 'request'] as const) {
      expect(credential.challenge[name]).toMatch(/./s)
    }
    expect(Object.values(credential.challenge).every((part) => typeof part === 'string')).toBe(true)
    expect(parsePayment(encodeText(canonicalPayment(credential)))).toEqual(credential)
  }
  const json = fc.jsonValue({ maxDepth: 8 })

  it.each<[what: string, value: fc.Arbitrary<string>]>([
    ['any text', anyText],
    ['any text, encoded', anyText.map(encodeText)],
    ['any bytes', fc.uint8Array().map(toBase64url)],
    ['any JSON', json.map(encode)],
    [
      'nearly a credential',
      fc
        .record(
          {
            challenge: fc.oneof(
              json,
              fc.constant(CHALLENGE),
              fc.dictionary(
                fc.constantFrom(...Object.keys(CHALLENGE), 'opaque', '__proto__'),
                json,
              ),
              json.map((part) => ({ ...CHALLENGE, opaque: part })),
            ),
            payload: fc.oneof(fc.dictionary(fc.string(), json), json),
            source: fc.oneof(fc.string(), json),
          },
          { requiredKeys: [] },
        )
        .map(encode),
    ],
  ])('%s', (_what, value) => {
    fc.assert(fc.property(value, check), RUNS)
  })
})

describe('canonicalPayment', () => {
  const text = canonicalPayment(CREDENTIAL)

  it.each<[what: string, value: string]>([
    ['padding', `${encode(CREDENTIAL)}==`],
    ['white space', encodeText(JSON.stringify(CREDENTIAL, null, 2))],
    [
      'the order of names',
      encode({
        source: CREDENTIAL.source,
        payload: { signature: PAYLOAD.signature, type: PAYLOAD.type },
        challenge: Object.fromEntries(Object.entries(CHALLENGE).reverse()),
      }),
    ],
    ['escapes', encodeText(JSON.stringify(CREDENTIAL).replace('0x76', '\\u0030x76'))],
    [
      'a name that is given twice: the last counts',
      encodeText(`{"source":"x",${JSON.stringify(CREDENTIAL).slice(1)}`),
    ],
  ])('is not changed by %s', (_what, value) => {
    expect(canonicalPayment(parsed(value))).toBe(text)
  })

  it.each<[what: string, credential: object]>([
    ['proof', { ...CREDENTIAL, payload: { ...PAYLOAD, signature: '0x76fa' } }],
    ['proof, in capitals', { ...CREDENTIAL, payload: { ...PAYLOAD, signature: '0x76F9' } }],
    ['payload with one member more', { ...CREDENTIAL, payload: { ...PAYLOAD, a: null } }],
    ['payer', { ...CREDENTIAL, source: 'did:pkh:eip155:4217:0x71' }],
    ['payer, left out', { challenge: CHALLENGE, payload: PAYLOAD }],
    ['challenge', withChallenge({ id: 'j' })],
    ['description', withChallenge({ description: '' })],
  ])('another %s is another payment', (_what, credential) => {
    expect(canonicalPayment(parsed(encode(credential)))).not.toBe(text)
  })
})

it('a receipt is base64url of JSON without padding, and reads back', () => {
  const timestamp = '2026-02-24T10:30:00.000Z'
  const receipt = { method: 'tempo', status: 'success', timestamp, reference: '0x80é' } as const
  const value = serializeReceipt(receipt)
  expect(value).toMatch(/^[\w-]+$/)
  expect(JSON.parse(fromBase64url(value, 1000) ?? '')).toEqual(receipt)
})

/** The problem types of draft-httpauth-payment, and the `error` code of each. */
it.each([
  ['payment-required', 402, 'payment_required'],
  ['malformed-credential', 402, 'payment_invalid'],
  ['invalid-challenge', 402, 'payment_invalid'],
  ['payment-expired', 402, 'payment_invalid'],
  ['verification-failed', 402, 'payment_invalid'],
  ['payment-insufficient', 402, 'payment_invalid'],
  ['method-unsupported', 400, 'payment_invalid'],
] as const)('the problem %s has its own type and the code %3$s', (type, status, error) => {
  const body = paymentProblemBody(type, status)
  const own = { type: `https://paymentauth.org/problems/${type}`, status, error }
  expect(body).toMatchObject({ ...own, title: expect.stringMatching(/^[A-Z]/) })
  expect(body.detail).toMatch(/^[A-Z].+\.$/)
  const told = paymentProblemBody(type, status, 'Too little.')
  expect(told).toMatchObject({ ...own, detail: 'Too little.', message: 'Too little.' })
})
