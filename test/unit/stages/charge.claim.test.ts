/** Orders that a claim is opened with, and calls whose claim cannot be held. */
import { afterEach, describe, expect, it, vi } from 'vitest'
import { parseConfig } from '../../../src/config/defineGateway.ts'
import type { ChargeOrder } from '../../../src/contract/charge.ts'
import { utf8 } from '../../../src/lib/bytes.ts'
import { json } from '../../../src/pipeline/answer.ts'
import { problemBy, recordingNext, settled, textOf } from '../../support/worker/calls.ts'
import { env } from '../../support/worker/gateway.ts'
import {
  type Asked,
  challengeIn,
  chargeOf,
  credentialFor,
  lostOnce,
  PAYER,
  problemIn,
  RECEIPT,
  receiptIn,
  statusOf,
} from '../../support/worker/payments.ts'
import { EVM, PAYMENTS, withPriced } from '../../support/worker/sampleConfig.ts'

/** The orders that claims were opened with. */
const ordersIn = (asked: Asked[]) => asked.map(({ args }) => args[0] as ChargeOrder)

/** The order of a paid call of a route. */
async function orderOf(row: object = {}, payments: Record<string, unknown> = PAYMENTS) {
  const config = parseConfig(withPriced({ ...row }, payments))
  const { stage, asked, paid } = chargeOf({ open: { state: 'unavailable' } }, config)
  const call = await paid({ init: { headers: { 'idempotency-key': 'abc' } } })
  await problemBy(() => stage(recordingNext().next)(call))
  const [order] = ordersIn(asked)
  if (order === undefined) throw new Error('no claim was opened')
  return { order, call, asked }
}

afterEach(() => void vi.useRealTimers())

describe('a payment', () => {
  it('is taken to the claims of its challenge, with all that it must come to', async () => {
    const { order, call, asked } = await orderOf()
    const { id, expires } = order.credential.challenge
    expect(asked[0]).toMatchObject({ method: 'open', object: `claims ${id[0]}` })
    expect(order).toMatchObject({
      row: 'GET /a',
      requestId: call.id,
      method: 'tempo',
      chainId: 4217,
      amount: '150',
      recipient: env.PAYMENT_RECIPIENT,
      settle: 'after',
      sponsor: null,
      holdMs: 20_000,
      idempotencyKey: 'abc',
      expiresAt: Date.parse(expires ?? ''),
    })
    expect(order.credential.payload).toEqual({ type: 'hash', hash: '0x1' })
    expect(order).not.toHaveProperty('domain')
  })

  it('in a token that is signed for is taken with the domain of the token', async () => {
    const evm = { ...EVM, recipientFrom: 'PAYMENT_RECIPIENT' }
    const { order } = await orderOf({ methods: ['evm'] }, { ...PAYMENTS, evm })
    expect(order).toMatchObject({
      method: 'evm',
      chainId: 8453,
      domain: { name: 'USD Coin', version: '2' },
    })
  })

  it('can be presented again after its challenge has expired: the answer may be owed', async () => {
    const config = parseConfig(withPriced())
    const payments = config.payments && { ...config.payments, challengeMs: -1 }
    const { stage, paid, methods } = chargeOf(
      { open: { state: 'pending' } },
      { ...config, payments },
    )
    const call = await paid()
    await problemBy(() => stage(recordingNext().next)(call))
    expect(methods()).toEqual(['open'])
  })

  it('of a sponsored route says how much of the fees we pay', async () => {
    const sponsor = { perPayment: '0.05', perDay: '10' }
    const { order } = await orderOf({ sponsored: true }, { ...PAYMENTS, sponsor })
    expect(order.sponsor).toEqual({ perPayment: 50_000, perDay: 10_000_000 })
  })

  it('has one hash, however it is written, and another for another proof', async () => {
    const { stage, asked, call } = chargeOf({ open: { state: 'unavailable' } })
    const { next } = recordingNext()
    const challenge = challengeIn(await stage(next)(call()))
    const payload = { type: 'hash', hash: '0x1' }
    const written = [
      credentialFor(challenge, payload),
      credentialFor(Object.fromEntries(Object.entries(challenge).reverse()), payload),
      credentialFor(challenge, { ...payload, hash: '0x2' }),
    ]
    for (const one of written) await problemBy(() => stage(next)(call(one)))
    const [first, again, other] = ordersIn(asked).map(({ credentialHash }) => credentialHash)
    expect(first).toMatch(/^[0-9a-f]{64}$/)
    expect(again).toBe(first)
    expect(other).not.toBe(first)
  })
})

describe('a claim', () => {
  it('that is refused gets a new challenge, and the reason', async () => {
    const detail = 'The transfer is too small.'
    const open = { state: 'refused', refusal: 'payment-insufficient', detail } as const
    const { stage, asked, paid } = chargeOf({ open })
    const { next, seen } = recordingNext()
    const answer = await stage(next)(await paid())
    expect(answer.body).toContain(detail)
    expect(await problemIn(answer)).toEqual([402, 'payment-insufficient'])
    const fresh = challengeIn(answer).id
    expect(fresh).toMatch(/^[\w-]{43}$/)
    expect(ordersIn(asked).map(({ credential }) => credential.challenge.id)).not.toContain(fresh)
    expect(seen).toEqual([])
  })

  it.each([
    ['pending', 'payment_pending'],
    ['unavailable', 'service_unavailable'],
  ] as const)('that is %s throws %s, and asks no origin', async (state, code) => {
    const { stage, paid, methods } = chargeOf({ open: { state } })
    const { next, seen } = recordingNext()
    const call = await paid()
    const problem = await problemBy(() => stage(next)(call))
    expect(problem).toMatchObject({ code, status: 503, headers: { 'retry-after': '2' } })
    expect([seen, methods()]).toEqual([[], ['open']])
    expect(call.caller, 'no payment was taken').toEqual({ kind: 'anonymous' })
  })

  it('whose object does not answer twice throws, asks no origin, and ends its hold', async () => {
    const cause = new Error('down')
    const { stage, paid, methods, asked } = chargeOf({ open: cause })
    const { next, seen } = recordingNext()
    const call = await paid()
    const problem = await problemBy(() => stage(next)(call))
    expect(problem).toMatchObject({ code: 'service_unavailable', cause })
    expect(statusOf(call)).toBe('pending, amount="150"')
    expect([seen, methods()]).toEqual([[], ['open', 'open', 'fail']])
    expect(asked[2]?.args[1]).toBe(call.id)
  })

  it('whose object answers when it is asked again is sold', async () => {
    const open = lostOnce({ state: 'authorized', payer: PAYER } as const)
    const settle = { state: 'paid', payer: PAYER, receipt: RECEIPT } as const
    const { stage, paid, methods } = chargeOf({ open, settle })
    const call = await paid()
    expect((await stage(recordingNext(() => json({})).next)(call)).status).toBe(200)
    await settled(call)
    expect(methods()).toEqual(['open', 'open', 'settle', 'deliver'])
  })

  it('whose object fails when the request has given up is not asked again: nothing moves for it', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    const open = async () => {
      await new Promise((resolve) => setTimeout(resolve, 60_000))
      throw new Error('lost')
    }
    const { stage, paid, methods } = chargeOf({ open })
    const { next, seen } = recordingNext()
    const call = await paid()
    const answer = problemBy(() => stage(next)(call))
    await vi.runAllTimersAsync()
    expect(await answer).toMatchObject({ code: 'payment_pending' })
    await settled(call)
    expect([seen, methods()]).toEqual([[], ['open', 'fail']])
  })

  it('whose answer was given before gives that again, and asks no origin', async () => {
    const headers: [string, string][] = [['x-a', '1']]
    const kept = { status: 201, headers, body: utf8('sold') }
    const open = { state: 'replayed', payer: PAYER, receipt: RECEIPT, answer: kept } as const
    const { stage, paid, methods } = chargeOf({ open })
    const { next, seen } = recordingNext()
    const call = await paid()
    const answer = await stage(next)(call)
    expect([answer.status, answer.from?.headers.get('x-a')]).toEqual([201, '1'])
    expect([await textOf(answer), receiptIn(answer)]).toEqual(['sold', RECEIPT])
    expect(answer.headers['cache-control']).toBe('private, no-store')
    await settled(call)
    expect([seen, methods()]).toEqual([[], ['open']])
  })
})
