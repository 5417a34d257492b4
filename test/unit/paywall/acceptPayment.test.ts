/** `Accept-Payment` (draft-httpauth-payment section 5.4): the offers that a client can pay. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { acceptedOffers } from '../../../src/paywall/acceptPayment.ts'

const tempo = { method: 'tempo', intent: 'charge' }
const evm = { method: 'evm', intent: 'charge' }
const channel = { method: 'tempo', intent: 'session' }
const offers = [tempo, evm, channel]

describe('acceptedOffers', () => {
  it.each([
    ['no header accepts all, in the order of the route', null, offers],
    ['the higher weight comes first', 'evm/charge, tempo/charge;q=0.5', [evm, tempo]],
    ['equal weights keep the order of the route', 'evm/charge, tempo/charge', [tempo, evm]],
    ['a weight of 0 removes an offer', '*/*, evm/charge;q=0', [tempo, channel]],
    [
      'the most specific range wins',
      'tempo/*;q=0.1, tempo/session, */*;q=0.5',
      [channel, evm, tempo],
    ],
    [
      'a method is more specific than an intent',
      '*/charge;q=0.9, tempo/*;q=0.1, evm/*;q=0',
      [tempo, channel],
    ],
    ['white space around the weight', 'evm/charge ; q=1.000 , tempo/charge;q=0.001', [evm, tempo]],
    ['a header that matches no offer is ignored', 'stripe/charge', offers],
    ['a header that removes every offer is ignored', '*/*;q=0', offers],
    ['a malformed header is ignored', 'evm/charge;q=2', offers],
    ['an empty header is ignored', '', offers],
    ['a header that is too long is ignored', `evm/charge${', evm/charge'.repeat(200)}`, offers],
  ])('%s', (_, header, expected) => {
    expect(acceptedOffers(header, offers)).toEqual(expected)
  })

  it('never throws, never removes the last offer, never invents an offer', () => {
    const text = fc.oneof(fc.string(), fc.stringMatching(/^[a-z*/;q=0-9., -]{0,60}$/))
    fc.assert(
      fc.property(text, (header) => {
        const accepted = acceptedOffers(header, offers)
        expect(accepted.length).toBeGreaterThan(0)
        expect(offers).toEqual(expect.arrayContaining([...accepted]))
        expect(new Set(accepted).size).toBe(accepted.length)
      }),
      { numRuns: 10_000 },
    )
  })
})
