/** The log: one line for each request, without secrets. */
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { clientOf, recordingOrigin, shippedGateway } from '../../support/worker/gateway.ts'
import { apiKey, cookie, seedAccount, seedKey, seedSession } from '../../support/worker/seed.ts'

const lines: string[] = []
const take = (line: string) => void lines.push(line)

beforeEach(() => {
  lines.length = 0
  for (const level of ['info', 'warn', 'error', 'log'] as const) {
    vi.spyOn(console, level).mockImplementation(take)
  }
})
afterEach(() => vi.restoreAllMocks())

it('has one JSON line for each request, with the facts that an operator needs', async () => {
  const accountId = await seedAccount()
  const { key, id } = await seedKey(accountId)
  const { call, settled } = clientOf(shippedGateway(), { ORIGIN: recordingOrigin().binding })
  const response = await call('/api/v1/x/tweets/1?secret=1', { headers: apiKey(key) })
  await response.text() // the line is written when the body has ended
  await settled()
  expect(lines).toHaveLength(1)
  expect(JSON.parse(lines[0] ?? '')).toEqual({
    time: expect.any(String),
    level: 'info',
    event: 'request',
    requestId: response.headers.get('x-request-id'),
    method: 'GET',
    route: 'GET /x/tweets/:id',
    path: '/api/v1/x/tweets/1',
    status: 200,
    durationMs: expect.any(Number),
    caller: 'api_key',
    accountId,
    keyId: id,
    originStatus: 200,
  })
})

it('has the cause of a failure, which the answer does not tell', async () => {
  const { key } = await seedKey(await seedAccount())
  const origin = recordingOrigin(() => Promise.reject(new Error('connect ECONNREFUSED')))
  const { call } = clientOf(shippedGateway(), { ORIGIN: origin.binding })
  await call('/api/v1/radar', { headers: apiKey(key) })
  expect(JSON.parse(lines[0] ?? '')).toMatchObject({
    level: 'error',
    status: 502,
    problem: 'origin_unavailable',
    cause: 'Error: connect ECONNREFUSED',
  })
})

it('never holds a key, a token, a cookie, a hash or an assertion, wherever the caller put it', async () => {
  const accountId = await seedAccount()
  const { key, hash } = await seedKey(accountId)
  const token = await seedSession(accountId)
  const origin = recordingOrigin((request) =>
    Promise.reject(new Error(`cannot send ${JSON.stringify([...request.headers])}`)),
  )
  const { call, settled } = clientOf(shippedGateway(), { ORIGIN: origin.binding })
  await call('/api/v1/radar', { headers: apiKey(key) })
  await call('/api/v1/radar', { headers: cookie(token) })
  await call(`/api/v1/x/${key}`, { headers: apiKey(key) })
  await call(`/api/v1/x/a?key=${key}`, { headers: apiKey(key) })
  await call('/api/v1/radar', { headers: { authorization: `Bearer ${token}` } })
  await call('/api/v1/radar', { headers: { authorization: `Payment ${btoa(key.repeat(3))}` } })
  await call('/api/v1/api-keys', { method: 'POST', headers: cookie(token) })
  await settled()
  const events = lines.map((line): unknown => JSON.parse(line).event)
  expect(events.filter((event) => event === 'request')).toHaveLength(7)
  const assertion = origin.seen[0]?.headers.get('turnpike-assertion') ?? ''
  expect(assertion.length).toBeGreaterThan(100)
  const text = lines.join('\n')
  for (const secret of [key, key.slice(3), token, hash, assertion, btoa(key.repeat(3))]) {
    expect(text).not.toContain(secret)
  }
})

it('has one line a second for the unpaid calls of a route, with the number of calls that it stands for', async () => {
  vi.useFakeTimers({ toFake: ['Date'] })
  try {
    const { call } = clientOf(shippedGateway(), { ORIGIN: recordingOrigin().binding })
    for (let i = 0; i < 5; i++) await call('/api/v1/x/tweets/1')
    await call('/api/v1/trends')
    vi.advanceTimersByTime(1000)
    await call('/api/v1/x/tweets/2')
    const seen = lines.map((line) => JSON.parse(line))
    expect(seen.map(({ route, count }) => [route, count])).toEqual([
      ['GET /x/tweets/:id', undefined],
      ['GET /trends', undefined],
      ['GET /x/tweets/:id', 5],
    ])
    // A made-up payment is a refusal like them, and its line says what was wrong with it.
    const headers = { authorization: 'Payment nonsense' }
    for (let i = 0; i < 3; i++) await call('/api/v1/x/tweets/1', { headers })
    expect(lines).toHaveLength(4)
    expect(JSON.parse(lines[3] ?? '')).toMatchObject({
      problem: 'payment_invalid',
      reason: 'malformed-credential',
    })
  } finally {
    vi.useRealTimers()
  }
})
