/** The one way to fail. */
import { describe, expect, it } from 'vitest'
import { parseConfig } from '../../../src/config/defineGateway.ts'
import { Problem } from '../../../src/http/problem.ts'
import { setPaymentStatus } from '../../../src/paywall/paymentStatus.ts'
import { json } from '../../../src/pipeline/answer.ts'
import { failures } from '../../../src/stages/failures.ts'
import { callOf, failingNext, jsonOf, recordingNext, routeOf } from '../../support/worker/calls.ts'
import { statusOf } from '../../support/worker/payments.ts'
import { sample } from '../../support/worker/sampleConfig.ts'

const LIMITED = new Problem('rate_limit_exceeded', {
  fields: { retryAfter: 7 },
  headers: { 'retry-after': '7' },
  cause: new Error('secret'),
})

describe('a Problem', () => {
  it('that is thrown at once is answered at once, with its code, sentence, members and headers', async () => {
    const call = callOf('/a')
    const { next, seen } = failingNext(LIMITED)
    const answer = failures(next)(call)
    if (answer instanceof Promise) throw new Error('a failure at once was waited for')
    expect(answer.status).toBe(429)
    expect(answer.headers).toMatchObject({
      'content-type': 'application/json',
      'cache-control': 'no-store',
      'retry-after': '7',
    })
    expect(await jsonOf(answer)).toEqual({
      error: 'rate_limit_exceeded',
      message: LIMITED.message,
      retryAfter: 7,
    })
    expect(seen).toEqual([call])
    expect(call.problem, 'the log is told').toBe(LIMITED)
  })

  it('that is thrown later is answered later', async () => {
    const call = callOf('/a')
    const answer = failures(failingNext(LIMITED, 'later').next)(call)
    expect(answer).toBeInstanceOf(Promise)
    expect((await answer).status).toBe(429)
    expect(call.problem).toBe(LIMITED)
  })

  it.each<[charged: string | undefined, headers: Record<string, string>]>([
    ['charged=?0', { authorization: 'Payment abc' }],
    ['charged=?0', { authorization: 'payment a, Payment b' }],
    ['charged=?0', { authorization: 'Payment' }],
    [undefined, { authorization: 'Payments abc' }],
    [undefined, { authorization: 'Bearer abc' }],
    [undefined, { authorization: 'Payment abc', 'x-api-key': 'xq_1' }],
    [undefined, {}],
  ])('says "%s" of the money if no stage has, with %o', async (charged, headers) => {
    const call = callOf('/a', { headers })
    await failures(failingNext(LIMITED).next)(call)
    expect(statusOf(call)).toBe(charged)
  })

  it('says that nothing was charged for a payment in whatever field', async () => {
    const call = callOf('/a', {}, { payment: 'abc' })
    await failures(failingNext(LIMITED).next)(call)
    expect(statusOf(call)).toBe('charged=?0')
  })

  it('keeps what a stage has said of the money', async () => {
    const call = callOf('/a', { headers: { authorization: 'Payment abc' } })
    setPaymentStatus(call, { pending: true })
    await failures(failingNext(LIMITED).next)(call)
    expect(statusOf(call)).toBe('pending')
  })

  it('is a JSON-RPC error on a route that speaks MCP', async () => {
    const row = { route: '* /mcp', root: true, protocol: 'mcp', auth: ['api_key'], origin: 'api' }
    const route = routeOf(parseConfig(sample({ routes: [row] })))
    const answer = await failures(failingNext(LIMITED).next)(callOf('/mcp', {}, { route }))
    expect([answer.status, answer.headers['retry-after']]).toEqual([429, '7'])
    expect(await jsonOf(answer)).toMatchObject({
      jsonrpc: '2.0',
      id: null,
      error: { message: LIMITED.message, data: { error: 'rate_limit_exceeded', retryAfter: 7 } },
    })
  })
})

it.each([
  ['an Error', new Error('select * from secrets')],
  ['a text', 'secrets'],
  ['nothing', undefined],
  ['an object', { secrets: 1 }],
])('%s is an internal error, and only the log knows why', async (_what, thrown) => {
  for (const when of ['at once', 'later'] as const) {
    const call = callOf('/a')
    const answer = await failures(failingNext(thrown, when).next)(call)
    expect(answer.status).toBe(500)
    const body = await jsonOf(answer)
    expect(body).toEqual({ error: 'internal_error', message: expect.any(String) })
    expect(JSON.stringify([body, answer.headers])).not.toContain('secrets')
    expect(call.problem).toMatchObject({ code: 'internal_error' })
    expect(call.problem?.cause).toBe(thrown)
  }
})

it('an answer passes as it is: at once if it is there, later if it comes later', async () => {
  const answer = json({}, 404)
  const call = callOf('/a')
  const { next, seen } = recordingNext(() => answer)
  expect(failures(next)(call)).toBe(answer)
  expect(await failures(recordingNext(async () => answer).next)(call)).toBe(answer)
  expect(seen).toEqual([call])
  expect(call.problem).toBeUndefined()
})
