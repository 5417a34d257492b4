import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { amountOf, readPayload } from '../../../../payments/channels/payload.ts'
import type { PaymentCredential } from '../../../../src/contract/wire.ts'
import { anyText, RUNS } from '../../../support/worker/generators.ts'

const ADDRESS = `0x${'Ab'.repeat(20)}`
const HASH = `0x${'Cd'.repeat(32)}`
const DESCRIPTOR = {
  payer: ADDRESS,
  payee: ADDRESS,
  operator: ADDRESS,
  token: ADDRESS,
  salt: HASH,
  authorizedSigner: ADDRESS,
  expiringNonceHash: HASH,
}
const SIGNED = { cumulativeAmount: '4500', signature: '0xAB' }
const VOUCHER = { action: 'voucher', channelId: HASH, descriptor: DESCRIPTOR, ...SIGNED }
const OPEN = { ...VOUCHER, action: 'open', type: 'transaction', transaction: '0x76F9' }
const TOP_UP = {
  action: 'topUp',
  channelId: HASH,
  descriptor: DESCRIPTOR,
  type: 'transaction',
  transaction: '0x76F9',
  additionalDeposit: '1000',
}
const CHALLENGE = { id: 'i', realm: 'r', method: 'tempo', intent: 'session', request: 'e30' }

const read = (payload: object) =>
  readPayload({ challenge: CHALLENGE, payload: payload as PaymentCredential['payload'] })

describe('a payload', () => {
  it.each([
    ['voucher', VOUCHER, { voucher: { cumulative: 4500, signature: '0xab' } }],
    [
      'close',
      { ...VOUCHER, action: 'close' },
      { voucher: { cumulative: 4500, signature: '0xab' } },
    ],
    ['open', OPEN, { transaction: '0x76f9', voucher: { cumulative: 4500, signature: '0xab' } }],
    ['topUp', TOP_UP, { transaction: '0x76f9', additional: 1000 }],
  ])('of %s is read, in lower case', (action, payload, rest) => {
    const descriptor = Object.fromEntries(
      Object.entries(DESCRIPTOR).map(([name, value]) => [name, value.toLowerCase()]),
    )
    expect(read(payload)).toEqual({ action, channelId: HASH.toLowerCase(), descriptor, ...rest })
  })

  it('may have members that are not known here', () => {
    expect(read({ ...VOUCHER, more: { than: 'that' } })).not.toBeNull()
  })

  it.each([
    ...[VOUCHER, OPEN, TOP_UP].flatMap((payload) =>
      Object.keys(payload).map((name) => [`${payload.action} without ${name}`, payload, name]),
    ),
  ] as [string, object, string][])('is refused: %s', (_, payload, name) => {
    expect(read({ ...payload, [name]: undefined })).toBeNull()
    expect(read({ ...payload, [name]: 7 })).toBeNull()
    expect(read({ ...payload, [name]: '0x0' })).toBeNull()
  })

  it.each(Object.keys(DESCRIPTOR))('is refused with a descriptor without %s', (name) => {
    expect(read({ ...VOUCHER, descriptor: { ...DESCRIPTOR, [name]: undefined } })).toBeNull()
    expect(read({ ...VOUCHER, descriptor: { ...DESCRIPTOR, [name]: '0x12' } })).toBeNull()
  })

  it('that opens a channel names no other signer than its descriptor', () => {
    expect(read({ ...OPEN, authorizedSigner: ADDRESS.toLowerCase() })).not.toBeNull()
    expect(read({ ...OPEN, authorizedSigner: `0x${'12'.repeat(20)}` })).toBeNull()
  })

  it('is bounded: a signature or a transaction that is too long is refused', () => {
    expect(read({ ...VOUCHER, signature: `0x${'00'.repeat(2_048)}` })).toBeNull()
    expect(read({ ...OPEN, transaction: `0x${'00'.repeat(6_144)}` })).toBeNull()
  })

  it('never throws, whatever comes', () => {
    const anything = fc.oneof(anyText, fc.jsonValue(), fc.constantFrom(HASH, ADDRESS, '1', '0xab'))
    const names = [...new Set([...Object.keys(OPEN), ...Object.keys(TOP_UP)])]
    fc.assert(
      fc.property(
        fc.constantFrom(VOUCHER, OPEN, TOP_UP),
        fc.constantFrom(...names),
        anything,
        (payload, name, value) => {
          const { channelId = null } = read({ ...payload, [name]: value }) ?? {}
          expect(channelId === null || /^0x[0-9a-f]{64}$/.test(channelId)).toBe(true)
        },
      ),
      RUNS,
    )
  })
})

describe('an amount', () => {
  it.each([
    ['0', 0],
    ['007', 7],
    ['9007199254740991', Number.MAX_SAFE_INTEGER],
    ['9007199254740992', null],
    ['79228162514264337593543950335', null],
    ['-1', null],
    ['1.5', null],
    ['1e3', null],
    [' 1', null],
    ['', null],
    [1, null],
    [null, null],
  ])('%s is %s', (text, amount) => {
    expect(amountOf(text)).toBe(amount)
  })
})
