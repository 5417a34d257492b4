/** Requests and answers of every kind, on raw sockets without the layer of `npm run dev`. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type RawOrigin, rawClient, rawOrigin } from '../support/node/rawSockets.ts'
import { startWorkers } from '../support/node/workers.ts'

let workers: Awaited<ReturnType<typeof startWorkers>>
let origin: RawOrigin

beforeAll(async () => {
  origin = await rawOrigin()
  const entry = 'test/support/worker/trafficGateway.ts'
  workers = await startWorkers(origin.url, 'http://127.0.0.1:1', entry)
})

afterAll(async () => {
  await workers?.end()
  origin.reset()
  await origin.end()
})

beforeEach(() => origin.reset())

const send = (start: string, ...rest: string[]) =>
  rawClient(workers.url, [`${start} HTTP/1.1`, 'host: 127.0.0.1', ...rest].join('\r\n'))

/** Sends a request, the connection of which is closed after it; resolves to the answer. */
const exchange = (start: string, ...rest: string[]) =>
  send(start, 'connection: close', ...rest).ended()

describe('a body where none is read', () => {
  it.each([
    ['GET', 'content-length: 5', 'hello'],
    ['HEAD', 'content-length: 5', 'hello'],
    ['GET', 'transfer-encoding: chunked', '5\r\nhello\r\n0\r\n\r\n'],
  ])('a %s with %s is 400, and never reaches the origin', async (method, header, body) => {
    const answer = await exchange(`${method} /any/1`, header, '', body)
    expect(answer).toMatch(/^HTTP\/1\.1 400 /)
    if (method === 'GET') expect(answer).toMatch(/"invalid_input".*must not have a body/)
    expect(origin.all).toEqual([])
  })

  it('a GET that says that its body is empty is served', async () => {
    origin.answer = ({ socket }) => socket.write('HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok')
    expect(await exchange('GET /any/1', 'content-length: 0', '', '')).toMatch(/^HTTP\/1\.1 200 /)
  })
})

describe('a status of an origin', () => {
  it.each([600, 799, 999, 407, 426])('%d cannot be passed on: 502', async (status) => {
    origin.answer = ({ socket }) =>
      socket.write(`HTTP/1.1 ${status} Odd\r\ncontent-length: 2\r\n\r\nok`)
    const answer = await exchange('GET /any/1', '', '')
    expect(answer).toMatch(/^HTTP\/1\.1 502 [\s\S]*"origin_unavailable"/)
  })

  it.each([299, 404, 418, 451, 599])('%d is passed on', async (status) => {
    origin.answer = ({ socket }) =>
      socket.write(`HTTP/1.1 ${status} Odd\r\ncontent-length: 2\r\n\r\nok`)
    expect(await exchange('GET /any/1', '', '')).toMatch(new RegExp(`^HTTP/1.1 ${status} `))
  })
})

describe('a connection that is lost before the answer', () => {
  /** An origin that loses the first connection after a request, and answers the second one. */
  const flaky = () => {
    let asked = 0
    origin.answer = ({ socket }) => {
      asked += 1
      if (asked === 1) socket.destroy()
      else socket.write('HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok')
    }
  }

  it.each(['GET', 'HEAD', 'OPTIONS', 'PUT', 'DELETE'])('a %s is sent once more', async (method) => {
    flaky()
    expect(await exchange(`${method} /any/1`, '', '')).toMatch(/^HTTP\/1\.1 200 /)
    expect(origin.all.map(({ text }) => text.split(' ')[0])).toEqual([method, method])
  })

  it.each(['POST', 'PATCH'])('a %s is not', async (method) => {
    flaky()
    expect(await exchange(`${method} /any/1`, '', '')).toMatch(/^HTTP\/1\.1 502 /)
    expect(origin.all).toHaveLength(1)
  })
})
