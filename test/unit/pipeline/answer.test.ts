/** Answers as data, and as the native responses that they become. */
import { describe, expect, it } from 'vitest'
import {
  type Answer,
  answerFrom,
  headerOf,
  json,
  toResponse,
  withHeaders,
} from '../../../src/pipeline/answer.ts'

const native = () =>
  new Response('body', {
    status: 203,
    headers: [
      ['x-kept', '1'],
      ['x-dropped', '2'],
      ['x-changed', '3'],
      ['set-cookie', 'a=1'],
      ['set-cookie', 'b=2'],
    ],
  })

describe('json', () => {
  it('is JSON that no cache keeps, with a status', () => {
    expect(json({ a: 1 })).toEqual({
      status: 200,
      headers: { 'content-type': 'application/json', 'cache-control': 'no-store' },
      body: '{"a":1}',
    })
    expect(json(null, 503).status).toBe(503)
  })

  it('has other headers where they are given', () => {
    const { headers } = json({}, 402, { 'content-type': 'application/problem+json', 'x-a': '1' })
    expect(headers).toEqual({
      'content-type': 'application/problem+json',
      'cache-control': 'no-store',
      'x-a': '1',
    })
  })
})

describe('headerOf', () => {
  const from = native()

  it.each<[what: string, answer: Partial<Answer>, value: string | null]>([
    ['what was changed', { headers: { 'x-kept': '2' }, from }, '2'],
    ['nothing for what was taken away', { headers: { 'x-kept': null }, from }, null],
    ['what the native response says', { from }, '1'],
    [
      'what was walked already, and not the native response',
      { from, fromHeaders: new Map() },
      null,
    ],
    ['nothing for what nobody says', {}, null],
  ])('is %s', (_what, answer, value) => {
    expect(headerOf({ status: 200, headers: {}, body: null, ...answer }, 'x-kept')).toBe(value)
  })

  it('prefers what was changed to what was walked', () => {
    const fromHeaders = new Map([['x-a', 'old']])
    const answer = { status: 200, headers: { 'x-a': 'new' }, body: null, fromHeaders }
    expect(headerOf(answer, 'x-a')).toBe('new')
    expect(headerOf({ ...answer, headers: {} }, 'x-a')).toBe('old')
  })
})

describe('withHeaders', () => {
  it('changes some headers, and neither the answer that it is fromHeaders nor its body', () => {
    const answer = json({}, 201, { 'x-a': '1' })
    const changed = withHeaders(answer, { 'x-a': null, 'x-b': '2' })
    expect(changed).toMatchObject({ status: 201, body: '{}', headers: { 'x-a': null, 'x-b': '2' } })
    expect(headerOf(changed, 'content-type')).toBe('application/json')
    expect(answer.headers).not.toHaveProperty('x-b')
    expect(answer.headers['x-a']).toBe('1')
  })

  it('changes the body if one is fromHeaders, also to none', () => {
    expect(withHeaders(json({}), {}, 'other').body).toBe('other')
    expect(withHeaders(json({}), {}, null).body).toBeNull()
  })
})

describe('toResponse', () => {
  const entries = (response: Response) => Object.fromEntries(response.headers)

  it('of data has its status, its headers but for those taken away, and what every answer says', async () => {
    const answer = { status: 418, headers: { 'x-a': '1', 'x-b': null }, body: 'tea' }
    const response = toResponse(answer, { 'x-request-id': 'req_1' })
    expect(response.status).toBe(418)
    expect(entries(response)).toMatchObject({ 'x-a': '1', 'x-request-id': 'req_1' })
    expect(response.headers.has('x-b')).toBe(false)
    expect(await response.text()).toBe('tea')
  })

  it('of a native response has the headers of that response, but for those that were changed', async () => {
    const from = native()
    const headers = { 'x-dropped': null, 'x-changed': '4', 'x-new': '5' }
    const response = toResponse({ ...answerFrom(from), headers }, { 'x-request-id': 'req_1' })
    expect([response.status, await response.text()]).toEqual([203, 'body'])
    expect(entries(response)).toMatchObject({
      'x-kept': '1',
      'x-changed': '4',
      'x-new': '5',
      'x-request-id': 'req_1',
    })
    expect(response.headers.has('x-dropped')).toBe(false)
    expect(response.headers.getSetCookie()).toEqual(['a=1', 'b=2'])
    expect(from.headers.get('x-changed'), 'the native response stays as it is').toBe('3')
  })

  it('prefers what every answer says to what this answer says', () => {
    const said = { 'x-request-id': 'req_1' }
    const forged = { 'x-request-id': 'forged' }
    expect(entries(toResponse(json({}, 200, forged), said))).toMatchObject(said)
    const from = new Response(null, { headers: forged })
    expect(entries(toResponse(answerFrom(from), said))).toMatchObject(said)
  })

  it('makes no body for an answer without one', () => {
    expect(toResponse({ status: 204, headers: {}, body: null }, {}).body).toBeNull()
    expect(toResponse(answerFrom(new Response(null, { status: 304 })), {}).status).toBe(304)
  })

  it('of a web socket is an upgrade', () => {
    const [webSocket] = Object.values(new WebSocketPair())
    if (webSocket === undefined) throw new Error('no socket')
    const headers = { 'sec-websocket-protocol': 'a' }
    const response = toResponse({ status: 101, headers, body: null, webSocket }, { 'x-a': '1' })
    expect([response.status, response.webSocket]).toEqual([101, webSocket])
    expect(entries(response)).toEqual({ ...headers, 'x-a': '1' })
  })
})
