/**
 * Reservations of calls that are priced by the result; meter.serve.test.ts has what the origin
 * answers.
 */
import { describe, expect, it } from 'vitest'
import { parseConfig } from '../../../src/config/defineGateway.ts'
import type { ChannelOrder, PaymentChannel } from '../../../src/contract/channel.ts'
import { OWED_MS } from '../../../src/contract/charge.ts'
import type { Caller } from '../../../src/credentials/caller.ts'
import { json } from '../../../src/pipeline/answer.ts'
import { callOf, jsonOf, problemBy, recordingNext, settled } from '../../support/worker/calls.ts'
import { env } from '../../support/worker/gateway.ts'
import {
  type Asked,
  CHANNEL_ID,
  CHANNEL_RECEIPT,
  challengeIn,
  meterOf,
  PAYER,
  problemIn,
  receiptIn,
  requestIn,
  statusOf,
  type Told,
  VOUCHER,
} from '../../support/worker/payments.ts'
import { withMetered } from '../../support/worker/sampleConfig.ts'

const MANAGED = { state: 'managed', channelId: CHANNEL_ID, receipt: CHANNEL_RECEIPT } as const
const UNAVAILABLE = { accept: { state: 'unavailable' } } as const
const orderIn = (asked: Asked[]) => asked[0]?.args[0] as ChannelOrder

describe('a caller with a credential of an account', () => {
  it.each<Caller>([
    { kind: 'api_key', accountId: 'acc_1', keyId: '1' },
    { kind: 'session', accountId: 'acc_1', sessionId: 'ses_1' },
    { kind: 'oauth', accountId: 'acc_1', clientId: 'c', grantId: 'grt_1', scope: 's' },
  ])('of the kind $kind pays nothing, and goes on at once', (caller) => {
    const { stage, asked } = meterOf()
    const answer = json({})
    const { next, seen } = recordingNext(() => answer)
    const call = callOf('/api/v1/a', {}, { caller })
    expect(stage(next)(call)).toBe(answer)
    expect([seen, asked]).toEqual([[call], []])
    expect(call.caller).toBe(caller)
  })
})

describe('a call without a payment', () => {
  it.each([
    ['', '3000'],
    ['?limit=7', '1050'],
    ['?limit=1000', '15000'],
  ])(
    '%j is answered with the most that it can cost (%s), and asks neither a channel nor an origin',
    async (query, amount) => {
      const { stage, asked, call } = meterOf()
      const { next, seen } = recordingNext()
      const answer = await stage(next)(call(undefined, {}, `/api/v1/a${query}`))
      expect(await problemIn(answer)).toEqual([402, 'payment-required'])
      const challenge = challengeIn(answer)
      expect(challenge).toMatchObject({ method: 'tempo', intent: 'session' })
      expect(requestIn(challenge)).toMatchObject({ amount, unitType: 'tweet' })
      expect([asked, seen]).toEqual([[], []])
    },
  )
})

describe('a payment', () => {
  it('is taken to its channel, which reserves the most that the call can cost', async () => {
    const { stage, asked, paid } = meterOf(UNAVAILABLE)
    const { next, seen } = recordingNext()
    const call = await paid({ path: '/api/v1/a?limit=7' })
    await problemBy(() => stage(next)(call))
    expect(asked[0]).toMatchObject({ object: CHANNEL_ID, method: 'accept' })
    const order = orderIn(asked)
    expect(order).toMatchObject({
      row: 'GET /a',
      requestId: call.id,
      purpose: 'call',
      asked: '1050',
      most: '1050',
      recipient: env.PAYMENT_RECIPIENT,
      operator: PAYER,
      holdMs: 35_000,
    })
    expect(order.credential.payload).toEqual(VOUCHER)
    expect(seen).toEqual([])
  })

  it('for one challenge pays for other calls of the route too, each at its own most', async () => {
    const { stage, asked, paid, call } = meterOf(UNAVAILABLE)
    const { payment } = await paid({ path: '/api/v1/a?limit=7' })
    const other = call(payment, {}, '/api/v1/a?limit=9')
    await problemBy(() => stage(recordingNext().next)(other))
    expect(orderIn(asked)).toMatchObject({ asked: '1050', most: '1350' })
  })

  it.each<[what: string, challenge: object, answer: [number, string]]>([
    ['by another method', { method: 'evm' }, [400, 'method-unsupported']],
    ['with another intent', { intent: 'charge' }, [400, 'method-unsupported']],
    ['for a challenge that is not ours', { id: 'x'.repeat(43) }, [402, 'invalid-challenge']],
    ['for another price', { request: 'e30' }, [402, 'invalid-challenge']],
  ])(
    '%s is refused, no channel is asked, and the answer says so',
    async (_, challenge, expected) => {
      const { stage, asked, paid } = meterOf()
      const { next, seen } = recordingNext()
      const call = await paid({ challenge })
      expect(await problemIn(await stage(next)(call))).toEqual(expected)
      expect([asked, seen]).toEqual([[], []])
      expect(call.responseHeaders['payment-status']).toBe('charged=?0')
    },
  )

  it('that names no channel is refused, and no channel is asked', async () => {
    const { stage, asked, paid } = meterOf()
    const { next, seen } = recordingNext()
    const call = await paid({ payload: { ...VOUCHER, channelId: 'mine' } })
    expect(await problemIn(await stage(next)(call))).toEqual([400, 'invalid-payload'])
    expect([asked, seen]).toEqual([[], []])
  })

  /** `meter` whose challenges expire so many milliseconds after they are issued. */
  const expiring = (challengeMs: number, told: Parameters<typeof meterOf>[0] = {}) => {
    const config = parseConfig(withMetered())
    const payments = config.payments && { ...config.payments, challengeMs }
    return meterOf(told, { ...config, payments })
  }

  it('that is too late is refused, and no channel is asked', async () => {
    const { stage, asked, paid } = expiring(-1)
    const answer = await stage(recordingNext().next)(await paid())
    expect([await problemIn(answer), asked]).toEqual([[402, 'payment-expired'], []])
  })

  it.each(['open', 'topUp', 'close'])(
    'whose %s may be pending is shown to its channel however late, which refuses what it does not know',
    async (action) => {
      const type = 'payment-expired'
      const refusal = { state: 'refused', status: 402, type, detail: 'Too late.' } as const
      const { stage, asked, paid } = expiring(-1, { accept: refusal })
      const call = await paid({ payload: { ...VOUCHER, action } })
      const answer = await stage(recordingNext().next)(call)
      expect(await problemIn(answer)).toEqual([402, type])
      expect(challengeIn(answer).id).toMatch(/^[\w-]{43}$/)
      expect(asked).toMatchObject([{ object: CHANNEL_ID, method: 'accept' }])
      expect(orderIn(asked).expiresAt).toBeLessThanOrEqual(Date.now())
      const month = expiring(-OWED_MS)
      const old = await month.paid({ payload: { ...VOUCHER, action } })
      expect(await problemIn(await month.stage(recordingNext().next)(old))).toEqual([402, type])
      expect(month.asked).toEqual([])
    },
  )
})

describe('a channel', () => {
  it('that refuses says why, with what a client needs to go on', async () => {
    const type = 'session/insufficient-balance'
    const refusal = {
      status: 402,
      type,
      detail: 'Top up.',
      fields: { requiredTopUp: '7' },
    } as const
    const { stage, paid } = meterOf({ accept: { state: 'refused', ...refusal } })
    const { next, seen } = recordingNext()
    const call = await paid()
    const answer = await stage(next)(call)
    expect(await problemIn(answer)).toEqual([402, type])
    expect(await jsonOf(answer)).toMatchObject({ detail: 'Top up.', requiredTopUp: '7' })
    expect(challengeIn(answer).id).toMatch(/^[\w-]{43}$/)
    expect([seen, receiptIn(answer)]).toEqual([[], null])
    expect(call.caller, 'no payment was taken').toEqual({ kind: 'anonymous' })
  })

  it.each([400, 410] as const)(
    'that refuses for good (%d) gives no new challenge',
    async (status) => {
      const type = status === 400 ? 'invalid-payload' : 'session/channel-finalized'
      const { stage, paid } = meterOf({ accept: { state: 'refused', status, type, detail: 'No.' } })
      const answer = await stage(recordingNext().next)(await paid())
      expect([await problemIn(answer), challengeIn(answer)]).toEqual([[status, type], {}])
    },
  )

  it.each<[what: string, told: Told<PaymentChannel>, code: string]>([
    ['is pending', { accept: { state: 'pending' } }, 'payment_pending'],
    ['is unavailable', UNAVAILABLE, 'service_unavailable'],
  ])('that %s is 503, and no origin is asked', async (_what, told, code) => {
    const { stage, paid, methods } = meterOf(told)
    const { next, seen } = recordingNext()
    const call = await paid()
    expect(await problemBy(() => stage(next)(call))).toMatchObject({ code, status: 503 })
    expect([seen, methods()]).toEqual([[], ['accept']])
  })

  it.each<[action: string, fields: object, status: string]>([
    ['voucher', { charged: false }, 'charged=?0'],
    ['open', {}, 'pending'],
  ])(
    'whose answer to a %s is lost is 503, asks no origin, and gives back what it may have reserved',
    async (action, fields, status) => {
      const accept = new Error('lost')
      const { stage, paid, asked } = meterOf({ accept })
      const { next, seen } = recordingNext()
      const channelId = CHANNEL_ID.replace('cd', 'CD')
      const call = await paid({ payload: { ...VOUCHER, action, channelId } })
      const problem = await problemBy(() => stage(next)(call))
      expect(problem).toMatchObject({ code: 'service_unavailable', status: 503, cause: accept })
      expect([problem.fields, statusOf(call), seen]).toEqual([fields, status, []])
      await settled(call)
      const release = { object: CHANNEL_ID, method: 'release', args: [call.id] }
      expect(asked.slice(1)).toEqual([release])
    },
  )

  it('may be asked only so often without paying by one address', async () => {
    const limited = { ...withMetered(), addressLimits: { unauthenticated: '2/60s' } }
    const { stage, asked, paid, call } = meterOf(
      { accept: { state: 'pending' } },
      parseConfig(limited),
    )
    const { payment } = await paid()
    for (const code of ['payment_pending', 'payment_pending', 'rate_limit_exceeded'])
      expect((await problemBy(() => stage(recordingNext().next)(call(payment)))).code).toBe(code)
    expect(asked).toHaveLength(2)
  })
})

describe('a request that only manages its channel', () => {
  const config = parseConfig(withMetered({ route: 'GET|HEAD|POST /a' }))

  it.each<[what: string, init: RequestInit, path: string, action: string, purpose: string]>([
    ['a GET', {}, '', 'voucher', 'call'],
    ['a POST with a body', { method: 'POST', body: '{}' }, '', 'voucher', 'call'],
    ['a POST with a query', { method: 'POST' }, '?limit=1', 'voucher', 'call'],
    ['a POST with neither', { method: 'POST' }, '', 'voucher', 'manage'],
    ['a POST with an empty body', { method: 'POST', body: '' }, '', 'voucher', 'manage'],
    ['a HEAD', { method: 'HEAD' }, '', 'voucher', 'manage'],
    ['a top-up', {}, '', 'topUp', 'manage'],
    ['a close', { method: 'POST', body: '{}' }, '', 'close', 'manage'],
  ])('%s (%j, query %j, %s) is told apart: %s', async (_what, init, query, action, purpose) => {
    const { stage, asked, paid } = meterOf({ accept: MANAGED }, config)
    const { next, seen } = recordingNext()
    const path = `/api/v1/a${query}`
    await stage(next)(await paid({ init, path, payload: { ...VOUCHER, action } }))
    expect(orderIn(asked)).toMatchObject({ purpose })
    expect(orderIn(asked).most === '0').toBe(purpose === 'manage')
    expect(seen).toEqual([])
  })

  it('is answered with the receipt, and asks no origin', async () => {
    const { stage, paid, methods } = meterOf({ accept: MANAGED }, config)
    const { next, seen } = recordingNext()
    const answer = await stage(next)(await paid({ init: { method: 'POST' } }))
    expect(answer).toMatchObject({ status: 204, body: null })
    expect(receiptIn(answer)).toEqual(CHANNEL_RECEIPT)
    expect([seen, methods()]).toEqual([[], ['accept']])
  })
})
