/** A call whose claim is held: the origin is asked, and a failure of it releases the claim. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { parseConfig } from '../../../src/config/defineGateway.ts'
import type { KeptAnswer } from '../../../src/contract/charge.ts'
import { Problem } from '../../../src/http/problem.ts'
import { answerFrom, json } from '../../../src/pipeline/answer.ts'
import type { Call } from '../../../src/pipeline/call.ts'
import {
  failingNext,
  problemBy,
  putOffBy,
  recordingNext,
  settled,
  textOf,
} from '../../support/worker/calls.ts'
import { chargeOf, PAYER, RECEIPT, receiptIn, statusOf } from '../../support/worker/payments.ts'
import { withPriced } from '../../support/worker/sampleConfig.ts'

const PAID = { state: 'paid', payer: PAYER, receipt: RECEIPT } as const
/** When an answer that is owed from now on can no longer be had, in epoch seconds. */
const NOW = Date.UTC(2026, 10, 27)
const IN_30_DAYS = NOW / 1000 + 30 * 86_400
const OWED = { charged: false, owed: '150', reference: RECEIPT.reference, until: IN_30_DAYS }
beforeEach(() => void vi.useFakeTimers({ toFake: ['Date'], now: NOW }))
afterEach(() => void vi.useRealTimers())

const SETTLES = { open: { state: 'authorized', payer: PAYER }, settle: PAID } as const

/** A request whose answer is kept. */
const KEYED = { headers: { 'idempotency-key': 'once' } }

describe('an answer that is given', () => {
  it('goes to the claim only for an Idempotency-Key, which needs it again', async () => {
    const { stage, paid, asked } = chargeOf(SETTLES)
    await stage(recordingNext().next)(await paid())
    expect(asked[1]).toMatchObject({
      method: 'settle',
      args: [expect.any(String), expect.any(String), null],
    })
  })

  it('is asked for by its payer, withheld until the payment has moved, and carries the receipt', async () => {
    const { stage, paid, asked, methods } = chargeOf(SETTLES)
    const call = await paid({ init: KEYED })
    const { next, seen } = recordingNext(() => {
      expect(methods(), 'nothing has moved before').toEqual(['open'])
      return json({ tweet: 1 }, 200, { 'x-a': '1' })
    })
    const answer = await stage(next)(call)
    expect(seen).toEqual([call])
    const payer = { kind: 'payment', payer: PAYER, amount: '150', moved: false }
    expect(call.caller).toMatchObject(payer)
    const [challengeId, requestId, kept] = (asked[1]?.args ?? []) as [string, string, KeptAnswer]
    expect(call.caller).toMatchObject({ challengeId })
    expect(requestId).toBe(call.id)
    expect(kept.status).toBe(200)
    expect(Object.fromEntries(kept.headers)).toMatchObject({ 'x-a': '1' })
    expect(new TextDecoder().decode(kept.body ?? undefined)).toBe('{"tweet":1}')
    expect([answer.status, await textOf(answer)]).toEqual([200, '{"tweet":1}'])
    expect(receiptIn(answer)).toEqual(RECEIPT)
    expect(answer.headers['cache-control']).toBe('private, no-store')
    await settled(call)
    expect(methods()).toEqual(['open', 'settle', 'deliver'])
    expect(asked[2]?.args).toEqual([challengeId, call.id])
  })

  it('for a payment that had moved already is settled too: only its claim knows who holds it', async () => {
    const { stage, paid, methods } = chargeOf({ open: PAID, settle: PAID })
    const call = await paid()
    const answer = await stage(recordingNext().next)(call)
    expect(call.caller).toMatchObject({ kind: 'payment', moved: true })
    expect(receiptIn(answer)).toEqual(RECEIPT)
    await settled(call)
    expect(methods()).toEqual(['open', 'settle', 'deliver'])
  })

  it('that has no body is settled and given without one', async () => {
    const { stage, paid, asked } = chargeOf(SETTLES)
    const from = new Response(null, { status: 204, headers: { 'x-a': '1' } })
    const { next } = recordingNext(() => answerFrom(from))
    expect(await stage(next)(await paid({ init: KEYED }))).toMatchObject({
      status: 204,
      body: null,
    })
    expect(asked[1]?.args[2]).toMatchObject({ status: 204, body: null })
  })

  it('keeps the Worker alive until it has settled', async () => {
    const [begun, gate] = [Promise.withResolvers<void>(), Promise.withResolvers<typeof PAID>()]
    const settle = () => {
      begun.resolve()
      return gate.promise
    }
    const { stage, paid, methods } = chargeOf({ ...SETTLES, settle })
    const call = await paid()
    const answer = stage(recordingNext().next)(call)
    await begun.promise
    expect(putOffBy(call)).toBe(1)
    gate.resolve(PAID)
    await settled(call)
    expect(methods()).toEqual(['open', 'settle', 'deliver'])
    expect(receiptIn(await answer)).toEqual(RECEIPT)
  })
})

describe('the end of a sold call', () => {
  it.each<[what: string, method: string, status: number]>([
    ['an answer was given', 'deliver', 200],
    ['an answer could not be given', 'fail', 500],
  ])('(%s) is told to the claim again until the claim has heard it', async (_, method, status) => {
    vi.useFakeTimers({ toFake: ['Date', 'setTimeout'], now: NOW })
    let lost = 3
    const hear = () => {
      lost -= 1
      if (lost >= 0) throw new Error('down')
    }
    const { stage, paid, methods } = chargeOf({ ...SETTLES, [method]: hear })
    const call = await paid()
    await stage(recordingNext(() => json({}, status)).next)(call)
    await vi.runAllTimersAsync()
    expect(methods().filter((one) => one === method)).toHaveLength(4)
    await settled(call)
  })
})

describe('memory', () => {
  const MEBIBYTE = 1_048_576
  const large = () => ({ status: 200, headers: {}, body: new Uint8Array(MEBIBYTE) })
  const again = { status: 200, headers: [], body: new Uint8Array(MEBIBYTE) }

  it.each([
    ['is withheld', SETTLES],
    [
      'is given again',
      { open: { state: 'replayed', payer: PAYER, receipt: RECEIPT, answer: again } },
    ],
  ] as const)('of an answer that %s is counted until its payer has read it', async (_, told) => {
    const { stage, paid, methods } = chargeOf(told)
    const buy = async () => {
      const call = await paid()
      return { call, answer: await stage(recordingNext(large).next)(call) }
    }
    const unread = [await buy(), await buy(), await buy(), await buy()]
    const asked = methods().filter((method) => method === 'settle').length
    const refusal = { code: 'service_unavailable', status: 503 }
    expect(await problemBy(buy)).toMatchObject(refusal)
    expect(
      methods().filter((method) => method === 'settle'),
      'nothing moves',
    ).toHaveLength(asked)
    expect((await textOf(unread[1]?.answer ?? json({}))).length).toBe(MEBIBYTE)
    expect(await unread[1]?.call.open?.ended).toBe('whole')
    await buy()
    // The oldest one is cut for the next one, when its payer has had its time.
    vi.setSystemTime(NOW + 5_000)
    expect(await problemBy(buy)).toMatchObject(refusal)
    expect(await unread[0]?.call.open?.ended).toBe('stalled')
    await buy()
    await expect(textOf(unread[0]?.answer ?? json({}))).rejects.toThrow('lost')
  })

  it('of the body of a call is counted until the call has its answer', async () => {
    const { promise, resolve } = Promise.withResolvers<{ state: 'unavailable' }>()
    const { stage, paid } = chargeOf(
      { open: () => promise },
      parseConfig(withPriced({ route: 'POST /a' })),
    )
    const init = { method: 'POST', body: 'a'.repeat(65_536) }
    const calls: Call[] = []
    while (calls.length < 17) calls.push(await paid({ init }))
    const ended = calls.map((call) => problemBy(() => stage(recordingNext().next)(call)))
    expect(await Promise.race(ended)).toMatchObject({ headers: { 'retry-after': '1' } })
    const next = await paid({ init: { method: 'POST', body: 'a' } }).catch((error) => error)
    expect(next, 'nobody of the address has room').toMatchObject({ status: 503 })
    resolve({ state: 'unavailable' })
    await Promise.all(ended)
    expect(calls.map(({ held }) => held)).toEqual(calls.map(() => undefined))
    await paid({ init })
  })
})

describe('an origin that fails', () => {
  const late = new Problem('origin_timeout', {
    headers: { 'x-a': '1' },
    fields: { waited: 15 },
    cause: new Error('slow'),
  })

  it.each(['at once', 'later'] as const)(
    '%s releases the claim, and the caller learns that nothing was charged',
    async (when) => {
      const { stage, paid, asked, methods } = chargeOf(SETTLES)
      const call = await paid()
      const { next, seen } = failingNext(late, when)
      const problem = await problemBy(() => stage(next)(call))
      expect(seen).toEqual([call])
      const { headers, cause } = late
      expect(problem).toMatchObject({ code: 'origin_timeout', headers, cause })
      expect(problem.fields).toEqual({ waited: 15, charged: false })
      expect(problem.message).toBe(`${late.message} Nothing was charged.`)
      expect(methods()).toEqual(['open', 'fail'])
      expect(asked[1]?.args[1]).toBe(call.id)
    },
  )

  it('leaves a payment that has moved to its payer, who learns it', async () => {
    const { stage, paid, methods } = chargeOf({ open: PAID })
    const call = await paid()
    const problem = await problemBy(() => stage(failingNext(late).next)(call))
    expect(problem.fields).toEqual({ waited: 15, ...OWED })
    expect(statusOf(call)).toBe(`charged=?0, owed="150", reference="0x01", until=${IN_30_DAYS}`)
    expect(problem.message).toContain('You have paid')
    expect(methods()).toEqual(['open', 'fail'])
  })

  it.each<[what: string, told: object, status: string, fields: object]>([
    ['has not moved', SETTLES, 'charged=?0', { charged: false }],
    [
      'is owed',
      { open: PAID },
      `charged=?0, owed="150", reference="0x01", until=${IN_30_DAYS}`,
      OWED,
    ],
  ])(
    'is told as it is, and that the payment %s, though the claim does not hear of it',
    async (...is) => {
      const [, told, status, fields] = is
      const { stage, paid } = chargeOf({ ...told, fail: new Error('down') })
      const [own, calls] = [json({ own: true }, 404), [await paid(), await paid()] as const]
      expect(await stage(recordingNext(() => own).next)(calls[0])).toBe(own)
      const problem = await problemBy(() => stage(failingNext(late).next)(calls[1]))
      expect(problem).toMatchObject({ code: 'origin_timeout', fields: { waited: 15, ...fields } })
      expect(calls.map(statusOf)).toEqual([status, status])
    },
  )

  it('with something that is no Problem is an internal error that says the same', async () => {
    const cause = new Error('no')
    const { stage, paid } = chargeOf(SETTLES)
    const call = await paid()
    const problem = await problemBy(() => stage(failingNext(cause).next)(call))
    expect(problem).toMatchObject({ code: 'internal_error', cause, fields: { charged: false } })
  })

  it.each([300, 302, 304, 400, 500])(
    'with an answer of its own (%d) is not paid, and its answer stays as it is',
    async (status) => {
      const { stage, paid, methods } = chargeOf(SETTLES)
      const call = await paid()
      const own = json({ own: true }, status)
      expect(await stage(recordingNext(() => own).next)(call)).toBe(own)
      expect(receiptIn(own)).toBeNull()
      await settled(call)
      expect(methods()).toEqual(['open', 'fail'])
    },
  )
})

describe('an answer that cannot be withheld', () => {
  const breaking = () =>
    new ReadableStream({
      start(controller) {
        controller.enqueue(new Uint8Array(1))
        controller.error(new Error('gone'))
      },
    })

  it.each<[why: string, body: () => BodyInit, timeout: string, code: string]>([
    ['it is too large', () => new Uint8Array(1_048_577), '15s', 'answer_too_large'],
    ['it breaks off', breaking, '15s', 'origin_unavailable'],
    ['it takes too long', () => new ReadableStream(), '50ms', 'origin_unavailable'],
  ])('because %s is not paid', async (_why, body, timeout, code) => {
    const { stage, paid, methods } = chargeOf(SETTLES, parseConfig(withPriced({ timeout })))
    const { next } = recordingNext(() => ({ status: 200, headers: {}, body: body() }))
    const call = await paid()
    const problem = await problemBy(() => stage(next)(call))
    expect(problem).toMatchObject({ code, status: 502, fields: { charged: false } })
    expect(problem.message).not.toContain('again')
    expect(statusOf(call)).toBe('charged=?0')
    expect(methods()).toEqual(['open', 'fail'])
  })

  it('because it is too large is given as a stream if it is paid for already', async () => {
    const { stage, paid, asked, methods } = chargeOf({ open: PAID, settle: PAID })
    const body = 'x'.repeat(1_048_577)
    const { next } = recordingNext(() => ({ status: 200, headers: {}, body }))
    const call = await paid()
    const answer = await stage(next)(call)
    expect(await textOf(answer)).toBe(body)
    expect(receiptIn(answer)).toEqual(RECEIPT)
    await settled(call)
    expect(methods()).toEqual(['open', 'settle', 'deliver'])
    expect(asked[1]?.args[2], 'nothing is kept').toBeNull()
    expect(statusOf(call)).toBe('charged=?1, amount="150", reference="0x01"')
  })

  it('because its origin has gone on too long is cancelled', async () => {
    const { stage, paid } = chargeOf(SETTLES)
    const cancelled = Promise.withResolvers<void>()
    const body = new ReadableStream<Uint8Array>({
      pull: (controller) => controller.enqueue(new Uint8Array(262_144)),
      cancel: () => cancelled.resolve(),
    })
    const { next } = recordingNext(() => ({ status: 200, headers: {}, body }))
    const call = await paid()
    expect((await problemBy(() => stage(next)(call))).code).toBe('answer_too_large')
    await cancelled.promise
  })

  it('because its payer has left is settled all the same if the payer can get it by a key', async () => {
    const leaving = new AbortController()
    const { stage, paid, methods } = chargeOf(SETTLES)
    const headers = { 'idempotency-key': 'k' }
    const call = await paid({ init: { signal: leaving.signal, headers } })
    const { next } = recordingNext(() => {
      leaving.abort()
      return json({})
    })
    await stage(next)(call)
    await settled(call)
    expect(methods()).toEqual(['open', 'settle', 'fail'])
  })

  it('because its payer has left is not paid', async () => {
    const leaving = new AbortController()
    const { stage, paid, methods } = chargeOf(SETTLES)
    const call = await paid({ init: { signal: leaving.signal } })
    const { next } = recordingNext(() => {
      leaving.abort()
      return json({})
    })
    expect((await problemBy(() => stage(next)(call))).fields).toEqual({ charged: false })
    expect(methods()).toEqual(['open', 'fail'])
  })

  it('though it has been paid for stays owed', async () => {
    const { stage, paid } = chargeOf({ open: PAID })
    const { next } = recordingNext(() => ({ status: 200, headers: {}, body: breaking() }))
    const call = await paid()
    expect((await problemBy(() => stage(next)(call))).fields).toEqual(OWED)
  })
})
