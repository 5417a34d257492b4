/** Channel management: the requests that are one, and their answers. */
import { describe, expect, it } from 'vitest'
import { parseConfig } from '../../../src/config/defineGateway.ts'
import type { ChannelOrder, PaymentChannel } from '../../../src/contract/channel.ts'
import { json } from '../../../src/pipeline/answer.ts'
import type { Call } from '../../../src/pipeline/call.ts'
import { manage } from '../../../src/stages/manage.ts'
import { createIsolate } from '../../../src/store/isolate.ts'
import {
  callOf,
  envWith,
  failingNext,
  jsonOf,
  problemBy,
  recordingNext,
  thrownBy,
} from '../../support/worker/calls.ts'
import {
  CHANNEL_ID,
  CHANNEL_RECEIPT,
  challengeIn,
  credentialFor,
  meterOf,
  objectsThat,
  PAYER,
  problemIn,
  receiptIn,
  type Told,
  VOUCHER,
} from '../../support/worker/payments.ts'
import { CHANNELS, METERED, ROUTE, sample, withMetered } from '../../support/worker/sampleConfig.ts'

const MANAGED = { state: 'managed', channelId: CHANNEL_ID, receipt: CHANNEL_RECEIPT } as const
const PATH = '/api/v1/a'

/** A credential for the route that is sold by the result. */
async function credential(payload: object = VOUCHER): Promise<string> {
  const { stage, call } = meterOf()
  return credentialFor(challengeIn(await stage(recordingNext().next)(call())), payload)
}

/**
 * The stage of a new isolate, before channels that answer as told, and what it makes of a request.
 */
function managed(
  told: Told<PaymentChannel> = { accept: MANAGED },
  config = parseConfig(withMetered()),
) {
  const channels = objectsThat<PaymentChannel>(told)
  const env = envWith({ CHANNELS: channels.binding, OPERATOR: PAYER })
  const own = json({})
  const { next, seen } = recordingNext(() => own)
  const handler = manage(config, createIsolate(config))(next)
  const post = (payment: string, path = PATH) =>
    callOf(path, { method: 'POST', headers: { authorization: `Payment ${payment}` } }, { env })
  return { ...channels, handler, seen, own, post, env }
}

/** Expects that a call goes on, at once, as if there were no such stage. */
function goesOn({ handler, seen, own, asked }: ReturnType<typeof managed>, call: Call) {
  expect(handler(call)).toBe(own)
  expect([seen, asked]).toEqual([[call], []])
  expect([call.route, call.payment]).toEqual([undefined, undefined])
}

describe('a POST with a channel credential to a route without POST', () => {
  it('is answered by its channel, which reserves nothing for it, and goes no further', async () => {
    const { handler, post, asked, seen } = managed()
    const call = post(await credential())
    const answer = await handler(call)
    expect(answer).toMatchObject({ status: 204, body: null })
    expect(answer.headers['cache-control']).toBe('private, no-store')
    expect(receiptIn(answer)).toEqual(CHANNEL_RECEIPT)
    expect(seen).toEqual([])
    expect(asked.map(({ object, method }) => [object, method])).toEqual([[CHANNEL_ID, 'accept']])
    const [order] = (asked[0]?.args ?? []) as [ChannelOrder]
    expect(order).toMatchObject({
      purpose: 'manage',
      most: '0',
      holdMs: 0,
      row: 'GET /a',
      requestId: call.id,
    })
    expect([call.route?.id, call.payment === undefined], 'the log is told').toEqual([
      'GET /a',
      false,
    ])
  })

  it.each(['voucher', 'topUp', 'close', 'open'])('may %s', async (action) => {
    const { handler, post, methods } = managed()
    expect(await handler(post(await credential({ ...VOUCHER, action })))).toMatchObject({
      status: 204,
    })
    expect(methods()).toEqual(['accept'])
  })

  it('is refused in the words of the channel, with a new challenge where one helps', async () => {
    const detail = 'Top the channel up.'
    const type = 'session/insufficient-balance'
    const fields = { requiredTopUp: '7' }
    const low = managed({ accept: { state: 'refused', status: 402, type, detail, fields } })
    const answer = await low.handler(low.post(await credential()))
    expect(await problemIn(answer)).toEqual([402, type])
    expect(await jsonOf(answer)).toMatchObject({ detail, requiredTopUp: '7' })
    expect(challengeIn(answer)).toMatchObject({ intent: 'session' })
    const closed = { status: 410, type: 'session/channel-finalized' } as const
    const over = managed({ accept: { state: 'refused', ...closed, detail } })
    const last = await over.handler(over.post(await credential()))
    expect([await problemIn(last), challengeIn(last)]).toEqual([[410, closed.type], {}])
    expect([low.seen, over.seen]).toEqual([[], []])
  })

  it.each<[what: string, told: Told<PaymentChannel>, code: string]>([
    ['is pending', { accept: { state: 'pending' } }, 'payment_pending'],
    ['is unavailable', { accept: { state: 'unavailable' } }, 'service_unavailable'],
    ['does not answer', { accept: new Error('down') }, 'service_unavailable'],
  ])('of a channel that %s is 503', async (_what, told, code) => {
    const { handler, post, seen } = managed(told)
    const call = post(await credential())
    expect(await problemBy(() => handler(call))).toMatchObject({ code, status: 503 })
    expect(seen).toEqual([])
  })

  it.each([
    ['voucher', 'charged=?0'],
    ['topUp', 'pending'],
    ['close', 'pending'],
  ])('%s to a channel that does not answer says %s of the money', async (action, status) => {
    const { handler, post } = managed({ accept: new Error('the answer was lost') })
    const call = post(await credential({ ...VOUCHER, action }))
    await thrownBy(() => handler(call))
    expect(call.responseHeaders['payment-status']).toBe(status)
  })

  it('for which an amount is reserved is a fault of ours', async () => {
    const reserved = { state: 'reserved', payer: PAYER, channelId: CHANNEL_ID } as const
    const { handler, post } = managed({ accept: { ...reserved, receipt: CHANNEL_RECEIPT } })
    const call = post(await credential())
    expect(String(await thrownBy(() => handler(call)))).toMatch(/reserved an amount/)
  })

  it.each([
    ['that cannot be read', '!!!'],
    ['of no form', credentialFor({}, {})],
  ])('%s is malformed, and no channel is asked', async (_what, payment) => {
    const { handler, post, asked, seen } = managed()
    const call = post(payment)
    expect(await problemIn(await handler(call))).toEqual([402, 'malformed-credential'])
    expect(call.responseHeaders['payment-status']).toBe('charged=?0')
    expect([asked, seen]).toEqual([[], []])
  })
})

describe('any other request goes on', () => {
  it.each<[what: string, init: RequestInit]>([
    ['without a credential', { method: 'POST' }],
    ['with a key', { method: 'POST', headers: { 'x-api-key': 'xq_a' } }],
    ['with a token', { method: 'POST', headers: { authorization: 'Bearer abc' } }],
    [
      'with two credentials',
      { method: 'POST', headers: { authorization: 'Payment a, Payment b' } },
    ],
    [
      'with a payment in a header that the route does not ask for',
      { method: 'POST', headers: { 'payment-authorization': 'Payment !!!' } },
    ],
    [
      'with a key and a payment',
      { method: 'POST', headers: { 'x-api-key': 'xq_a', authorization: 'Payment !!!' } },
    ],
  ])('%s', (_what, init) => {
    goesOn(managed(), callOf(PATH, init))
  })

  it.each(['GET', 'HEAD', 'PUT', 'DELETE'])('by %s', async (method) => {
    const headers = { authorization: `Payment ${await credential()}` }
    goesOn(managed(), callOf(PATH, { method, headers }))
  })

  it('to another path', async () => {
    const given = managed()
    goesOn(given, given.post(await credential(), '/api/v1/b'))
  })

  it('to a route that takes POST itself, or is not sold by the result', async () => {
    const rows = [
      [
        { ...ROUTE, ...METERED },
        { ...ROUTE, ...METERED, route: 'POST /a' },
      ],
      [ROUTE, { ...ROUTE, ...METERED, route: 'GET /b' }],
    ]
    for (const routes of rows) {
      const given = managed({}, parseConfig(sample({ payments: CHANNELS, routes })))
      goesOn(given, given.post(await credential()))
    }
  })

  it('that pays by the call, for another route with POST', async () => {
    const { stage, call } = meterOf()
    const challenge = challengeIn(await stage(recordingNext().next)(call()))
    const given = managed()
    goesOn(given, given.post(credentialFor({ ...challenge, intent: 'charge' }, VOUCHER)))
  })

  it('and its failure passes', async () => {
    const error = new Error('no')
    const config = parseConfig(withMetered())
    const handler = manage(config, createIsolate(config))(failingNext(error).next)
    expect(await thrownBy(() => handler(callOf(PATH)))).toBe(error)
  })
})

it('a payment in a header of its own is taken where the route asks for it', async () => {
  const config = parseConfig(withMetered({ paymentHeader: true }))
  const { stage, call } = meterOf({}, config)
  const challenge = challengeIn(await stage(recordingNext().next)(call()))
  const { handler, methods, seen, env } = managed({ accept: MANAGED }, config)
  const headers = { 'payment-authorization': `Payment ${credentialFor(challenge, VOUCHER)}` }
  const answer = await handler(callOf(PATH, { method: 'POST', headers }, { env }))
  expect(answer).toMatchObject({ status: 204 })
  expect([methods(), seen]).toEqual([['accept'], []])
})
