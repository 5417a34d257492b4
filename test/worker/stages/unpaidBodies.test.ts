/** Bodies of callers without an account, who may be anybody, cost little. */
import { describe, expect, it, vi } from 'vitest'
import type { Config } from '../../../src/config/config.ts'
import { utf8 } from '../../../src/lib/bytes.ts'
import { clientOf, recordingOrigin, shippedGateway } from '../../support/worker/gateway.ts'

const DOWNLOAD = '/api/v1/x/media/download'
const JSON_BODY = { 'content-type': 'application/json' }

/** A body of these chunks; counts how often it is asked for more. */
function bodyOf(chunks: string[], ends = true) {
  const seen = { pulls: 0 }
  const stream = new ReadableStream<Uint8Array>(
    {
      pull(controller) {
        const chunk = chunks[seen.pulls++]
        if (chunk !== undefined) controller.enqueue(utf8(chunk))
        else if (ends) controller.close()
        else return new Promise<void>(() => undefined)
        return undefined
      },
    },
    { highWaterMark: 0 },
  )
  return { stream, seen }
}

function gatewayWith(change: Partial<Config> = {}) {
  const origin = recordingOrigin()
  const { call } = clientOf({ ...shippedGateway(), ...change }, { ORIGIN: origin.binding })
  return {
    origin,
    post: (body: BodyInit) => call(DOWNLOAD, { method: 'POST', headers: JSON_BODY, body }),
  }
}

it('of an address over its limit is not read at all', async () => {
  const one = [{ name: 'unpaid', count: 1, windowMs: 60_000 }]
  const { post } = gatewayWith({ unpaidLimits: one })
  expect((await post('{}')).status).toBe(402)
  const { stream, seen } = bodyOf(['{}'])
  expect((await post(stream)).status).toBe(429)
  expect(seen.pulls).toBe(0)
})

it.each(['a whole body', 'a body in chunks'])('above 64 KB is 413: %s', async (how) => {
  const { origin, post } = gatewayWith()
  const chunks = Array.from({ length: 40 }, () => 'x'.repeat(2_000))
  const { stream, seen } = bodyOf(chunks)
  const response = await post(how === 'a whole body' ? chunks.join('') : stream)
  expect(response.status).toBe(413)
  expect(await response.json()).toMatchObject({ error: 'payload_too_large', limit: 65_536 })
  expect(seen.pulls).toBeLessThan(36)
  expect(origin.seen).toEqual([])
})

it('that stops is 408', async () => {
  const { post } = gatewayWith({ bodies: { unpaidMs: 20, idleMs: 60_000 } })
  const response = await post(bodyOf(['{'], false).stream)
  expect([response.status, await response.json()]).toMatchObject([
    408,
    { error: 'request_timeout' },
  ])
})

describe('nested deeply', () => {
  it.each([
    ['lists', '['.repeat(32_000) + ']'.repeat(32_000)],
    ['objects', '{"a":'.repeat(12_000)],
    ['closed ones first', `${'[]'.repeat(1_000)}${'['.repeat(60_000)}`],
  ])('is not parsed, and asks for the most that the route allows: %s', async (_what, body) => {
    const parse = vi.spyOn(JSON, 'parse')
    const response = await gatewayWith().post(body)
    expect(response.status).toBe(402)
    expect(parse.mock.calls.filter(([text]) => text === body)).toEqual([])
    parse.mockRestore()
  })
})
