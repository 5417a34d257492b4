/** Callers who pay, and payments that are refused before any object is asked. */
import { describe, expect, it } from 'vitest'
import { parseConfig } from '../../../src/config/defineGateway.ts'
import { OWED_MS } from '../../../src/contract/charge.ts'
import type { Caller } from '../../../src/credentials/caller.ts'
import { json } from '../../../src/pipeline/answer.ts'
import type { Call } from '../../../src/pipeline/call.ts'
import { callOf, problemBy, recordingNext } from '../../support/worker/calls.ts'
import { env } from '../../support/worker/gateway.ts'
import {
  challengeIn,
  chargeOf,
  problemIn,
  receiptIn,
  requestIn,
} from '../../support/worker/payments.ts'
import { withPriced } from '../../support/worker/sampleConfig.ts'

describe('a caller with a credential of an account', () => {
  it.each<Caller>([
    { kind: 'api_key', accountId: 'acc_1', keyId: '1' },
    { kind: 'session', accountId: 'acc_1', sessionId: 'ses_1' },
    { kind: 'oauth', accountId: 'acc_1', clientId: 'c', grantId: 'grt_1', scope: 's' },
  ])('of the kind $kind pays nothing, and goes on at once', (caller) => {
    const { stage, asked } = chargeOf()
    const answer = json({})
    const { next, seen } = recordingNext(() => answer)
    const call = callOf('/api/v1/a', {}, { caller })
    expect(stage(next)(call)).toBe(answer)
    expect([seen, asked]).toEqual([[call], []])
    expect(call.caller).toBe(caller)
  })
})

/** The answer to an anonymous call, for which neither an object nor the origin is asked. */
async function answered({ stage, asked }: ReturnType<typeof chargeOf>, call: Call) {
  const { next, seen } = recordingNext()
  const answer = await stage(next)(call)
  expect([asked, seen], 'neither an object nor the origin is asked').toEqual([[], []])
  expect(receiptIn(answer)).toBeNull()
  expect(call.caller, 'no payment was taken').toEqual({ kind: 'anonymous' })
  return answer
}

describe('a call without a payment', () => {
  it('is answered with what it costs, and asks neither an object nor an origin', async () => {
    const sold = chargeOf()
    const answer = await answered(sold, sold.call())
    expect(await problemIn(answer)).toEqual([402, 'payment-required'])
    const challenge = challengeIn(answer)
    expect(challenge).toMatchObject({ realm: 'gateway.test', method: 'tempo', intent: 'charge' })
    expect(requestIn(challenge)).toMatchObject({ amount: '150', recipient: env.PAYMENT_RECIPIENT })
  })
})

describe('a payment that cannot be one', () => {
  it.each<[what: string, challenge: object, status: number, type: string]>([
    ['by another method', { method: 'evm' }, 400, 'method-unsupported'],
    ['with another intent', { intent: 'session' }, 400, 'method-unsupported'],
    ['for a challenge that is not ours', { id: 'x'.repeat(43) }, 402, 'invalid-challenge'],
    ['for another price', { request: 'e30' }, 402, 'invalid-challenge'],
    ['for another time', { expires: '2100-01-01T00:00:00.000Z' }, 402, 'invalid-challenge'],
  ])('%s is refused', async (_what, challenge, status, type) => {
    const sold = chargeOf()
    const answer = await answered(sold, await sold.paid({ challenge }))
    expect(await problemIn(answer)).toEqual([status, type])
    expect('id' in challengeIn(answer), 'a new challenge only where one would help').toBe(
      status === 402,
    )
  })

  it('because it cannot be read is refused', async () => {
    const sold = chargeOf()
    const answer = await answered(sold, sold.call('!!!'))
    expect(await problemIn(answer)).toEqual([402, 'malformed-credential'])
  })

  it.each<[what: string, init: RequestInit, path: string]>([
    ['query', { method: 'POST', body: 'own' }, '/api/v1/a?b=c'],
    ['method', { method: 'PUT', body: 'own' }, '/api/v1/a'],
    ['body', { method: 'POST', body: 'other' }, '/api/v1/a'],
  ])('for another %s is refused', async (_what, init, path) => {
    const sold = chargeOf({}, parseConfig(withPriced({ route: 'POST|PUT /a' })))
    const { payment } = await sold.paid({ init: { method: 'POST', body: 'own' } })
    const answer = await answered(sold, sold.call(payment, init, path))
    expect(await problemIn(answer)).toEqual([402, 'invalid-challenge'])
  })

  it('counts only in the field that its challenge names', async () => {
    const sold = chargeOf({}, parseConfig(withPriced({ paymentHeader: true })))
    const { payment = '' } = await sold.paid()
    const init = { headers: { authorization: `Payment ${payment}` } }
    const answer = await answered(sold, sold.call(payment, init))
    expect(await problemIn(answer)).toEqual([402, 'invalid-challenge'])
    expect(sold.asked).toEqual([])
    const named = { headers: { 'payment-authorization': `Payment ${payment}` } }
    await Promise.resolve(sold.stage(recordingNext().next)(sold.call(payment, named))).catch(
      () => 0,
    )
    expect(sold.methods()).toEqual(['open'])
  })

  it('is too late when its answer is no longer owed', async () => {
    const config = parseConfig(withPriced())
    const payments = config.payments && { ...config.payments, challengeMs: -OWED_MS }
    const sold = chargeOf({}, { ...config, payments })
    const answer = await answered(sold, await sold.paid())
    expect(await problemIn(answer)).toEqual([402, 'payment-expired'])
  })

  it.each(['', 'a b', 'a'.repeat(256)])(
    'with the Idempotency-Key "%s" is no valid request, and before that nobody is asked to pay',
    async (value) => {
      const { stage, asked, paid, call } = chargeOf()
      const { next, seen } = recordingNext()
      const { payment } = await paid()
      const init = { headers: { 'idempotency-key': value } }
      for (const made of [call(undefined, init), call(payment, init)]) {
        const problem = await problemBy(() => stage(next)(made))
        expect(problem).toMatchObject({ code: 'invalid_input', status: 400 })
      }
      expect([asked, seen]).toEqual([[], []])
    },
  )
})
