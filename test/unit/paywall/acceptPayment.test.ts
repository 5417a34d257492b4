import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { acceptedOffers } from '../../../src/paywall/acceptPayment.ts'

const tempo = { method: 'tempo', intent: 'charge' }
const evm = { method: 'evm', intent: 'charge' }
const channel = { method: 'tempo', intent: 'session' }
const offers = [tempo, evm, channel]

describe('acceptedOffers', () => {
  it.each([
    ['no header takes all, in the order of the row', null, offers],
    ['a weight sorts', 'evm/charge, tempo/charge;q=0.5', [evm, tempo]],
    ['ties keep the order of the row', 'evm/charge, tempo/charge', [tempo, evm]],
    ['a weight of 0 takes an offer out', '*/*, evm/charge;q=0', [tempo, channel]],
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
    ['what nothing matches is as if it were not there', 'stripe/charge', offers],
    ['what takes nothing is as if it were not there', '*/*;q=0', offers],
    ['a malformed header is as if it were not there', 'evm/charge;q=2', offers],
    ['an empty one too', '', offers],
    ['and one that is too long', `evm/charge${', evm/charge'.repeat(200)}`, offers],
  ])('%s', (_, header, expected) => {
    expect(acceptedOffers(header, offers)).toEqual(expected)
  })

  it('never throws, never loses the last offer, never makes one up', () => {
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
