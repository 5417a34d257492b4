/** The offers of a route priced by the result, on the wire, and which echoed requests are ours. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isPricedByResult } from '../../../../src/config/config.ts'
import { parseConfig } from '../../../../src/config/defineGateway.ts'
import { encodeJson } from '../../../../src/credentials/payments/challenge.ts'
import { toBase64url, utf8 } from '../../../../src/lib/bytes.ts'
import {
  askedAmount,
  channelOffersOf,
  offerForResults,
} from '../../../../src/paywall/channels/channelOffers.ts'
import type { Env } from '../../../../src/store/env.ts'
import { withMetered } from '../../../support/worker/sampleConfig.ts'

const address = (digit: string) => `0x${digit.repeat(40)}`
const ENV = { PAYMENT_RECIPIENT: address('a'), OPERATOR: address('b') } as unknown as Env

function offerOf(config: object = withMetered()) {
  const gateway = parseConfig(config)
  const [route] = gateway.routes
  if (route === undefined || !isPricedByResult(route)) throw new Error('not priced by the result')
  return channelOffersOf(gateway)(ENV, route)
}

const REQUEST = {
  amount: '150',
  currency: '0x20c000000000000000000000b9537d11c60e8b50',
  recipient: address('a'),
  suggestedDeposit: '1000000',
  unitType: 'tweet',
  methodDetails: {
    chainId: 4217,
    escrowContract: '0x4d50500000000000000000000000000000000000',
    operator: address('b'),
    sessionProtocol: 'v2',
  },
}

describe('an offer for a number of results', () => {
  it('has the price of that many results, and is built once', () => {
    const offer = offerOf()
    expect(offer.request).toBe(encodeJson(REQUEST))
    expect(offerForResults(offer, 7).request).toBe(encodeJson({ ...REQUEST, amount: '1050' }))
    expect(offerForResults(offer, 7)).toBe(offerForResults(offer, 7))
    expect(offerForResults(offer, 8)).not.toBe(offerForResults(offer, 7))
  })

  it('is right for any number, even for more numbers than are cached', () => {
    const offer = offerOf()
    for (let most = 1; most <= 1_500; most++) {
      const { amount, request } = offerForResults(offer, most)
      expect([amount, askedAmount(offer, request)]).toEqual([String(150 * most), amount])
    }
  })
})

describe('an echoed request', () => {
  it.each<[what: string, changes: object]>([
    ['another currency', { currency: address('1') }],
    ['another payee', { recipient: address('1') }],
    ['another unit', { unitType: 'user' }],
    ['another deposit', { suggestedDeposit: '1' }],
    ['another operator', { methodDetails: { ...REQUEST.methodDetails, operator: address('1') } }],
    ['another chain', { methodDetails: { ...REQUEST.methodDetails, chainId: 1 } }],
    ['a member more', { more: '1' }],
    ['no amount', { amount: '' }],
    ['an amount of nothing', { amount: '0' }],
    ['an amount that is no number', { amount: '1e3' }],
    ['an amount beyond all', { amount: '9'.repeat(30) }],
  ])('with %s is not ours', (_what, changes) => {
    expect(askedAmount(offerOf(), encodeJson({ ...REQUEST, ...changes }))).toBeNull()
  })

  it('in another JSON spelling is not ours', () => {
    const spelled = toBase64url(utf8(JSON.stringify(REQUEST, null, 1)))
    expect(askedAmount(offerOf(), spelled)).toBeNull()
  })

  it('never throws: any other text is not ours', () => {
    const offer = offerOf()
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.base64String()), (request) => {
        expect(askedAmount(offer, request)).toBeNull()
      }),
    )
  })
})
