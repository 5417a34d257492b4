/**
 * Tries to pay that come to nothing are limited by address: each try costs the chain, the ledger or
 * an origin something.
 */
import { describe, expect, it } from 'vitest'
import { parseConfig } from '../../../src/config/defineGateway.ts'
import type { ChargeClaims } from '../../../src/contract/charge.ts'
import { utf8 } from '../../../src/lib/bytes.ts'
import { json } from '../../../src/pipeline/answer.ts'
import type { Call } from '../../../src/pipeline/call.ts'
import { problemBy, recordingNext, settled } from '../../support/worker/calls.ts'
import { chargeOf, PAYER, RECEIPT, type Told } from '../../support/worker/payments.ts'
import { withPriced } from '../../support/worker/sampleConfig.ts'

const config = parseConfig({ ...withPriced(), addressLimits: { unauthenticated: '2/60s' } })
const OPEN = { state: 'authorized', payer: PAYER } as const
const PAID = { state: 'paid', payer: PAYER, receipt: RECEIPT } as const
const REFUSED = { state: 'refused', refusal: 'verification-failed', detail: 'No.' } as const
const KEPT = { status: 200, headers: [], body: utf8('sold') }

/** How many of four calls with a payment have asked a claim. */
async function claimsAsked(told: Told<ChargeClaims>, originStatus = 200): Promise<number> {
  const { stage, paid, call, methods } = chargeOf(told, config)
  const { payment } = await paid()
  const { next } = recordingNext(() => json({}, originStatus))
  for (let n = 0; n < 4; n++) {
    const made = call(payment)
    await Promise.resolve(stage(next)(made)).catch(() => undefined)
    await settled(made)
  }
  return methods().filter((method) => method === 'open').length
}

describe('an address', () => {
  it.each<[what: string, told: Told<ChargeClaims>, originStatus?: number]>([
    ['is refused', { open: REFUSED }],
    ['is pending', { open: { state: 'pending' } }],
    [
      'was answered before',
      { open: { state: 'replayed', payer: PAYER, receipt: RECEIPT, answer: KEPT } },
    ],
    ['is for an origin that fails', { open: OPEN }, 500],
    ['is refused when it is settled', { open: OPEN, settle: REFUSED }],
    ['is pending when it is settled', { open: OPEN, settle: { state: 'pending' } }],
    ['cannot be looked at', { open: { state: 'unavailable' } }],
  ])('may try only twice a payment that %s', async (_what, told, originStatus) => {
    expect(await claimsAsked(told, originStatus)).toBe(2)
  })

  it.each<[what: string, told: Told<ChargeClaims>, originStatus?: number]>([
    ['is good', { open: OPEN, settle: PAID }],
    ['has moved, before an origin that fails', { open: PAID }, 500],
  ])('may try a payment that %s as often as it likes', async (_what, told, originStatus) => {
    expect(await claimsAsked(told, originStatus)).toBe(4)
  })

  it('that may not try to pay is not asked to: a push would move, and then be refused', async () => {
    const { stage, paid, call } = chargeOf({ open: { state: 'pending' } }, config)
    const { payment } = await paid()
    const { next } = recordingNext()
    const codeOf = async (made: Call) => (await problemBy(() => stage(next)(made))).code
    expect(await codeOf(call(payment))).toBe('payment_pending')
    expect(await codeOf(call(payment))).toBe('payment_pending')
    expect(await codeOf(call())).toBe('rate_limit_exceeded')
  })

  it('may try only twice at once: a try counts before its outcome is known', async () => {
    const gate = Promise.withResolvers<typeof OPEN>()
    const { stage, paid, call, methods } = chargeOf({ open: () => gate.promise }, config)
    const { payment } = await paid()
    const { next } = recordingNext()
    const tried = Array.from({ length: 30 }, () =>
      problemBy(() => stage(next)(call(payment))).then(
        ({ code }) => code,
        () => 'no problem',
      ),
    )
    await Promise.all(tried.slice(2))
    expect(methods()).toEqual(['open', 'open'])
    gate.resolve(OPEN)
    const codes = await Promise.all(tried)
    expect(codes.filter((code) => code === 'rate_limit_exceeded')).toHaveLength(28)
  })

  it('that tried too often is told when to come back', async () => {
    const { stage, paid, call } = chargeOf({ open: { state: 'pending' } }, config)
    const { next } = recordingNext()
    const { payment } = await paid()
    for (const code of ['payment_pending', 'payment_pending', 'rate_limit_exceeded'])
      expect((await problemBy(() => stage(next)(call(payment)))).code).toBe(code)
    const { headers } = await problemBy(() => stage(next)(call(payment)))
    expect(headers).toMatchObject({ 'retry-after': '60' })
  })

  it('that asked for the price too often may still pay', async () => {
    const { stage, paid, call, methods } = chargeOf({ open: { state: 'unavailable' } }, config)
    const { next } = recordingNext()
    const paying = await paid()
    await stage(next)(call())
    expect((await problemBy(() => stage(next)(call()))).code).toBe('rate_limit_exceeded')
    expect((await problemBy(() => stage(next)(paying))).code).toBe('service_unavailable')
    expect(methods()).toEqual(['open'])
  })
})
