/**
 * Streams of events that are paid for one by one; test/unit/paywall/channels/meteredStream.test.ts
 * has the stream itself.
 */
import { describe, expect, it } from 'vitest'
import { parseConfig } from '../../../src/config/defineGateway.ts'
import type { Drawn, PaymentChannel } from '../../../src/contract/channel.ts'
import { headerOf } from '../../../src/pipeline/answer.ts'
import { problemBy, recordingNext, settled, textOf } from '../../support/worker/calls.ts'
import {
  CHANNEL_ID,
  CHANNEL_RECEIPT,
  meterOf,
  PAYER,
  receiptIn,
  type Told,
} from '../../support/worker/payments.ts'
import { withMetered } from '../../support/worker/sampleConfig.ts'

const HEADERS = { 'content-type': 'text/event-stream', 'content-length': '20' }
const events = () => ({ status: 200, headers: HEADERS, body: 'data: 1\n\ndata: 2\n\n' })

/** `meter` of a route of streams, before a channel that reserves, and draws as told. */
function streamOf(told: Told<PaymentChannel>, row: object = { results: { events: true } }) {
  const accept = { state: 'reserved', payer: PAYER, channelId: CHANNEL_ID } as const
  const reserves = { accept: { ...accept, receipt: CHANNEL_RECEIPT }, keep: CHANNEL_RECEIPT }
  return meterOf({ ...reserves, ...told }, parseConfig(withMetered({ ...row })))
}

const DRAWN = { state: 'drawn', receipt: CHANNEL_RECEIPT } as const

describe('a stream of events', () => {
  it('is drawn for event by event, and what was not drawn is free again at its end', async () => {
    const { stage, paid, asked } = streamOf({ draw: DRAWN })
    const call = await paid()
    const answer = await stage(recordingNext(events).next)(call)
    expect(receiptIn(answer)).toEqual(CHANNEL_RECEIPT)
    expect(headerOf(answer, 'content-length'), 'events of ours are in it too').toBeNull()
    expect(await textOf(answer)).toMatch(/^data: 1\n\ndata: 2\n\nevent: payment-receipt\n/)
    await settled(call)
    const after = asked.slice(1).map(({ method, args }) => [method, ...args])
    expect(after).toEqual([
      ['draw', call.id, '0', 0],
      ['draw', call.id, '150', 1],
      ['draw', call.id, '150', 1],
      ['finish', call.id],
    ])
  })

  it('that breaks off does not count as one that has reached its payer', async () => {
    const { stage, paid, methods } = streamOf({ draw: DRAWN })
    const call = await paid()
    const body = new ReadableStream<Uint8Array>({
      start: (sink) => sink.enqueue(new TextEncoder().encode('data: 1\n\n')),
      pull: (sink) => sink.error(new Error('the origin is gone')),
    })
    const answer = await stage(recordingNext(() => ({ ...events(), body })).next)(call)
    await textOf(answer).catch(() => undefined)
    await settled(call)
    expect(methods()).toEqual(['accept', 'draw', 'draw', 'release'])
  })

  it('whose reservation has ended is not begun', async () => {
    const { stage, paid, methods } = streamOf({ draw: { state: 'over' } })
    const call = await paid()
    const problem = await problemBy(() => stage(recordingNext(events).next)(call))
    expect(problem).toMatchObject({ code: 'service_unavailable', status: 503 })
    expect(methods()).toEqual(['accept', 'draw'])
  })

  it.each<[what: string, draw: Drawn | Error, after: string[]]>([
    ['has ended', { state: 'over' }, []],
    ['gets no answer', new Error('no answer'), ['release']],
    ['has opened no channel', { state: 'pending' }, []],
  ])(
    'whose reservation %s is cancelled at its origin, and nothing was charged',
    async (_what, draw, after) => {
      const { stage, paid, methods } = streamOf({ draw })
      const call = await paid()
      let isCancelled = false
      const body = new ReadableStream({
        cancel: () => {
          isCancelled = true
        },
      })
      const { next } = recordingNext(() => ({ ...events(), body }))
      const problem = await problemBy(() => stage(next)(call))
      expect(problem.status).toBe(503)
      if (problem.code === 'service_unavailable') expect(problem.fields).toEqual({ charged: false })
      expect(isCancelled).toBe(true)
      expect(methods()).toEqual(['accept', 'draw', ...after])
    },
  )

  it('stops where its payer does, without the event that was not paid for', async () => {
    let draws = 0
    const draw = () => (draws++ < 2 ? DRAWN : ({ state: 'over' } as const))
    const { stage, paid, methods } = streamOf({ draw })
    const call = await paid()
    const text = await textOf(await stage(recordingNext(events).next)(call))
    expect(text).toMatch(/^data: 1\n\nevent: payment-receipt\n/)
    await settled(call)
    expect(methods().at(-1)).toBe('finish')
  })

  it('that nothing was paid for is a try', async () => {
    const config = {
      ...withMetered({ results: { events: true } }),
      addressLimits: { unauthenticated: '1/60s' },
    }
    const accept = { state: 'reserved', payer: PAYER, channelId: CHANNEL_ID } as const
    const told = { accept: { ...accept, receipt: CHANNEL_RECEIPT }, draw: DRAWN }
    const { stage, paid, call } = meterOf(told, parseConfig(config))
    const { payment } = await paid()
    const empty = recordingNext(() => ({ ...events(), body: ':\n\n' }))
    const paidFor = recordingNext(events)
    for (const { next } of [paidFor, empty]) {
      const made = call(payment)
      await textOf(await stage(next)(made))
      await settled(made)
    }
    expect((await problemBy(() => stage(paidFor.next)(call(payment)))).code).toBe(
      'rate_limit_exceeded',
    )
  })
})

describe('an answer', () => {
  it('of a route that counts in a header is no such stream, whatever its type', async () => {
    const { stage, paid, methods } = streamOf({}, { results: { header: 'x-count' } })
    const answer = { ...events(), headers: { ...HEADERS, 'x-count': '1' } }
    await stage(recordingNext(() => answer).next)(await paid())
    expect(methods()).toEqual(['accept', 'keep'])
  })

  it.each(['application/json', 'text/event-streams', 'text/plain'])(
    'of the type %s is no stream',
    async (type) => {
      const { stage, paid, methods } = streamOf({}, {})
      const answer = { status: 200, headers: { 'content-type': type }, body: '{"tweets":[]}' }
      await stage(recordingNext(() => answer).next)(await paid())
      expect(methods()).toEqual(['accept', 'keep'])
    },
  )
})
