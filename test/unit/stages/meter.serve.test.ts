/**
 * A call for which a channel has reserved an amount: its results are counted and paid for, or all
 * of it is released.
 */
import { afterEach, describe, expect, it, vi } from 'vitest'
import { parseConfig } from '../../../src/config/defineGateway.ts'
import type { PaymentChannel, Unopened } from '../../../src/contract/channel.ts'
import { Problem } from '../../../src/http/problem.ts'
import { utf8 } from '../../../src/lib/bytes.ts'
import { type Answer, json } from '../../../src/pipeline/answer.ts'
import {
  failingNext,
  problemBy,
  putOffBy,
  recordingNext,
  settled,
  textOf,
} from '../../support/worker/calls.ts'
import {
  CHANNEL_ID,
  CHANNEL_RECEIPT,
  lostOnce,
  meterOf,
  PAYER,
  receiptIn,
  type Told,
} from '../../support/worker/payments.ts'
import { withMetered } from '../../support/worker/sampleConfig.ts'

const KEPT = { ...CHANNEL_RECEIPT, spent: '450', units: 3 }
const RESERVES: Told<PaymentChannel> = {
  accept: { state: 'reserved', payer: PAYER, channelId: CHANNEL_ID, receipt: CHANNEL_RECEIPT },
  keep: KEPT,
}
const tweets = (count: number) => json({ tweets: Array.from({ length: count }, () => ({})) })

/**
 * The answer to a paid call for at most 5 results, and the questions to its channel after it.
 */
async function served(answer: Answer, row: object = {}, told: Told<PaymentChannel> = {}) {
  const config = parseConfig(withMetered({ ...row }))
  const { stage, paid, asked } = meterOf({ ...RESERVES, ...told }, config)
  const call = await paid({ path: '/api/v1/a?limit=5' })
  const { next, seen } = recordingNext(() => answer)
  const given = await stage(next)(call)
  expect(seen).toEqual([call])
  const later = () => asked.slice(1).map(({ object, method, args }) => [object, method, ...args])
  return { call, answer: given, later }
}

afterEach(() => {
  vi.restoreAllMocks()
  vi.useRealTimers()
})

describe('an answer whose results can be counted', () => {
  it('is asked for by its payer, and costs what its results cost', async () => {
    const { call, answer, later } = await served(tweets(3))
    expect(call.caller).toEqual({
      kind: 'payment',
      payer: PAYER,
      challengeId: expect.stringMatching(/^[\w-]{43}$/),
      channelId: CHANNEL_ID,
      amount: '750',
      currency: expect.stringMatching(/^0x/),
      moved: false,
    })
    expect(later()).toEqual([[CHANNEL_ID, 'keep', call.id, '450', 3]])
    expect([answer.status, await textOf(answer)]).toEqual([200, '{"tweets":[{},{},{}]}'])
    expect(receiptIn(answer)).toEqual(KEPT)
    expect(answer.headers['cache-control']).toBe('private, no-store')
    expect(putOffBy(call), 'the Worker is kept alive').toBe(1)
  })

  it.each([
    ['nothing', 0, '0', 0],
    ['no more than was asked for', 8, '750', 5],
  ])('costs %s', async (_what, count, cost, units) => {
    const { call, later } = await served(tweets(count))
    expect(later()).toEqual([[CHANNEL_ID, 'keep', call.id, cost, units]])
  })

  it('in a header is counted there, and its body passes as it comes', async () => {
    const results = { results: { header: 'x-count' } }
    const { readable: body, writable } = new TransformStream<Uint8Array, Uint8Array>()
    const origin = writable.getWriter()
    const { call, answer, later } = await served(
      { status: 200, headers: { 'x-count': '2' }, body },
      results,
    )
    expect(later()).toEqual([[CHANNEL_ID, 'keep', call.id, '300', 2]])
    const reader = (answer.body as ReadableStream<Uint8Array>).getReader()
    for (const part of ['one', 'two']) {
      void origin.write(utf8(part))
      expect((await reader.read()).value).toEqual(utf8(part))
    }
  })

  it('does not leave where the channel cannot keep what it costs, which is given back', async () => {
    const { stage, paid, asked } = meterOf({ ...RESERVES, keep: new Error('over') })
    const call = await paid()
    const problem = await problemBy(() => stage(recordingNext(() => tweets(1)).next)(call))
    expect(problem).toMatchObject({ code: 'service_unavailable', fields: { charged: false } })
    const kept = { object: CHANNEL_ID, method: 'keep', args: [call.id, '150', 1] }
    expect(asked.slice(1)).toEqual([
      kept,
      kept,
      { object: CHANNEL_ID, method: 'release', args: [call.id] },
    ])
  })

  it('does not say that nothing was charged if the channel does not say so', async () => {
    const told = { ...RESERVES, keep: new Error('over'), release: new Error('over') }
    const { stage, paid } = meterOf(told)
    const call = await paid()
    const problem = await problemBy(() => stage(recordingNext(() => tweets(1)).next)(call))
    expect(problem).toMatchObject({ code: 'service_unavailable', fields: {} })
    expect(call.responseHeaders['payment-status']).toBe(`reference="${CHANNEL_ID}"`)
  })

  it('is asked for twice if the first receipt is lost, and costs the same', async () => {
    const { call, answer, later } = await served(tweets(3), {}, { keep: lostOnce(KEPT) })
    await settled(call)
    expect(later()).toEqual([
      [CHANNEL_ID, 'keep', call.id, '450', 3],
      [CHANNEL_ID, 'keep', call.id, '450', 3],
      [CHANNEL_ID, 'confirm', call.id],
    ])
    expect([answer.status, receiptIn(answer)]).toEqual([200, KEPT])
    expect(call.responseHeaders['payment-status']).toBe(
      `charged=?1, amount="450", reference="${CHANNEL_ID}"`,
    )
  })
})

describe('a call that opens its channel', () => {
  const opens = (answerWithinMs: number): Told<PaymentChannel> => ({
    ...RESERVES,
    accept: {
      state: 'reserved',
      payer: PAYER,
      channelId: CHANNEL_ID,
      receipt: CHANNEL_RECEIPT,
      answerWithinMs,
    },
  })

  it.each([
    ['no longer than the signature lives', 4_000, 4_000],
    ['no longer than the route allows', 14_000, 5_000],
  ])('gives the origin %s', async (_what, answerWithinMs, timeoutMs) => {
    const { call } = await served(tweets(1), { timeout: '5s' }, opens(answerWithinMs))
    expect(call.timeoutMs).toBe(timeoutMs)
  })

  it.each<[told: Unopened, code: string]>([
    [{ state: 'pending' }, 'payment_pending'],
    [{ state: 'limited', retryAfter: 60 }, 'rate_limit_exceeded'],
  ])('gets no answer, and no receipt, if the channel is %j', async (keep, code) => {
    const { stage, paid } = meterOf({ ...opens(5_000), keep })
    const call = await paid()
    const problem = await problemBy(() => stage(recordingNext(() => tweets(1)).next)(call))
    expect(problem.code).toBe(code)
    expect(problem.headers['retry-after']).toMatch(/^[0-9]+$/)
  })

  it('gets a fresh challenge if its transaction has failed, and the answer is not given', async () => {
    const keep = {
      state: 'refused',
      status: 402,
      type: 'verification-failed',
      detail: 'It failed.',
    } as const
    const { answer } = await served(tweets(1), {}, { ...opens(5_000), keep })
    expect([answer.status, receiptIn(answer)]).toEqual([402, null])
    expect(await textOf(answer)).toContain('It failed.')
  })
})

describe('an answer whose results cannot be counted', () => {
  it.each<[what: string, answer: Answer]>([
    ['is no JSON', { status: 200, headers: { 'content-type': 'text/html' }, body: '<p>' }],
    ['has nothing there', json({ users: [] })],
    ['is too large to be read', { status: 200, headers: {}, body: 'a'.repeat(1_048_577) }],
  ])('because it %s costs what the config says, and the operator is told', async (_what, own) => {
    const lines: string[] = []
    vi.spyOn(console, 'warn').mockImplementation((line: string) => void lines.push(line))
    const pointer = '/tweets'
    const { call, answer, later } = await served(own, { results: { pointer, uncountable: 'free' } })
    expect(later()).toEqual([[CHANNEL_ID, 'keep', call.id, '0', 0]])
    expect((await textOf(answer)).length).toBe(String(own.body).length)
    const dear = await served(own, { results: { pointer, uncountable: 'max' } })
    expect(dear.later()).toEqual([[CHANNEL_ID, 'keep', dear.call.id, '750', 5]])
    lines.pop()
    expect(lines.map((line) => JSON.parse(line))).toMatchObject([
      {
        level: 'warn',
        event: 'uncountable_answer',
        requestId: call.id,
        route: 'GET /a',
        status: 200,
      },
    ])
  })

  it.each<[what: string, answer: Answer, code: string]>([
    ['is no JSON', { status: 200, headers: {}, body: '<p>' }, 'answer_uncountable'],
    ['has nothing there', json({ users: [] }), 'answer_uncountable'],
    [
      'is too large to be read',
      { status: 200, headers: {}, body: 'a'.repeat(1_048_577) },
      'answer_too_large',
    ],
  ])('because it %s is refused by default: nothing is spent', async (_what, own, code) => {
    vi.spyOn(console, 'warn').mockImplementation(() => undefined)
    const { stage, paid, asked, methods } = meterOf(RESERVES)
    const call = await paid()
    const problem = await problemBy(() => stage(recordingNext(() => own).next)(call))
    expect(problem).toMatchObject({ code, status: 502, fields: { charged: false } })
    expect(methods()).toEqual(['accept', 'release'])
    expect(asked[1]?.args).toEqual([call.id])
  })

  it('without a body holds nothing, and costs nothing', async () => {
    for (const results of [{ pointer: '/tweets' }, { header: 'x-count' }]) {
      const { call, later } = await served({ status: 204, headers: {}, body: null }, { results })
      expect(later()).toEqual([[CHANNEL_ID, 'keep', call.id, '0', 0]])
    }
  })

  it('is a try, like one of an origin that fails: an address gets only so many', async () => {
    const config = parseConfig({ ...withMetered(), addressLimits: { unauthenticated: '2/60s' } })
    const { stage, paid, call } = meterOf(RESERVES, config)
    const { payment } = await paid()
    const run = (answer: Answer) => stage(recordingNext(() => answer).next)(call(payment))
    const answers = [tweets(1), tweets(0), tweets(1), json({}, 500)]
    for (const answer of answers) expect((await run(answer)).status).toBe(answer.status)
    expect((await problemBy(() => run(tweets(1)))).code).toBe('rate_limit_exceeded')
  })
})

describe('an origin that fails', () => {
  it.each(['at once', 'later'] as const)(
    '%s: all is released, and the caller learns that nothing was charged',
    async (when) => {
      const { stage, paid, asked, methods } = meterOf(RESERVES)
      const call = await paid()
      const headers = { 'x-a': '1' }
      const late = new Problem('origin_timeout', { headers, cause: new Error('slow') })
      const { next, seen } = failingNext(late, when)
      const problem = await problemBy(() => stage(next)(call))
      expect(seen).toEqual([call])
      expect(problem).toMatchObject({ code: 'origin_timeout', headers, cause: late.cause })
      expect(problem.fields).toEqual({ charged: false })
      expect(methods()).toEqual(['accept', 'release'])
      expect(asked[1]).toMatchObject({ object: CHANNEL_ID, args: [call.id] })
    },
  )

  it('with something that is no Problem is an internal error', async () => {
    const cause = new Error('no')
    const { stage, paid } = meterOf(RESERVES)
    const call = await paid()
    const problem = await problemBy(() => stage(failingNext(cause).next)(call))
    expect(problem).toMatchObject({ code: 'internal_error', cause, fields: { charged: false } })
  })

  it.each([300, 302, 404, 500])(
    'with an answer of its own (%d): it stays as it is, and all is released',
    async (status) => {
      const own = json({ tweets: [{}] }, status)
      const { call, answer, later } = await served(own)
      expect(answer).toBe(own)
      expect(receiptIn(own)).toBeNull()
      await settled(call)
      expect(later()).toEqual([[CHANNEL_ID, 'release', call.id]])
    },
  )

  it('is told as it is though the channel does not hear of the release, which is told again', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout'] })
    let isDown = true
    const release = () => {
      if (isDown) throw new Error('down')
    }
    const { stage, paid, methods } = meterOf({ ...RESERVES, release })
    const [own, late] = [json({ tweets: [{}] }, 404), new Problem('origin_timeout')]
    const calls = [await paid(), await paid()] as const
    expect(await stage(recordingNext(() => own).next)(calls[0])).toBe(own)
    const problem = await problemBy(() => stage(failingNext(late).next)(calls[1]))
    expect(problem).toMatchObject({ code: 'origin_timeout', fields: { charged: false } })
    const before = methods().length
    isDown = false
    await vi.runAllTimersAsync()
    expect(methods().slice(before)).toEqual(['release', 'release'])
  })

  it('in the middle of its answer: all is released', async () => {
    const { stage, paid, methods } = meterOf(RESERVES)
    const call = await paid()
    const body = new ReadableStream({ start: (controller) => controller.error(new Error('gone')) })
    const { next } = recordingNext(() => ({ status: 200, headers: {}, body }))
    const problem = await problemBy(() => stage(next)(call))
    expect(problem).toMatchObject({ code: 'origin_unavailable', fields: { charged: false } })
    expect(methods()).toEqual(['accept', 'release'])
  })

  it('to answer before the payer leaves: all is released', async () => {
    const leaving = new AbortController()
    const { stage, paid, methods } = meterOf(RESERVES)
    const call = await paid({ init: { signal: leaving.signal } })
    const { next } = recordingNext(() => {
      leaving.abort()
      return tweets(1)
    })
    expect((await problemBy(() => stage(next)(call))).fields).toEqual({ charged: false })
    expect(methods()).toEqual(['accept', 'release'])
  })
})
