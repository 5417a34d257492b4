/** WebSockets on raw sockets: subprotocols, and connections that are lost without a close. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import {
  type RawConnection,
  type RawOrigin,
  rawClient,
  rawOrigin,
} from '../support/node/rawSockets.ts'
import { accepts, closeCodeOf, frame, framesOf, UPGRADE } from '../support/node/rawWebSocket.ts'
import { startWorkers } from '../support/node/workers.ts'

let workers: Awaited<ReturnType<typeof startWorkers>>
let origin: RawOrigin
let token: string

beforeAll(async () => {
  origin = await rawOrigin()
  const entry = 'test/support/worker/trafficGateway.ts'
  workers = await startWorkers(origin.url, 'http://127.0.0.1:1', entry)
  token = await workers.signIn('sockets@example.com')
})

afterAll(async () => {
  await workers?.end()
  origin.reset()
  await origin.end()
})

beforeEach(() => origin.reset())

const callers = {
  'with a session': () => [`cookie: session_token=${token}`],
  'without a credential': () => [],
}
const kinds = Object.keys(callers) as (keyof typeof callers)[]

/** Opens a WebSocket through the gateway; resolves to both ends of it. */
async function open(kind: keyof typeof callers, ...lines: string[]) {
  origin.answer = ({ socket }, head) =>
    socket.write(
      accepts(
        head,
        ...(/^sec-websocket-protocol:/im.test(head) ? [`sec-websocket-protocol: b`] : []),
      ),
    )
  const head = ['GET /socket HTTP/1.1', 'host: 127.0.0.1', ...UPGRADE, ...callers[kind](), ...lines]
  const client = rawClient(workers.url, `${head.join('\r\n')}\r\n\r\n`)
  const answer = await client.answered(/\r\n\r\n/)
  const behind = origin.all[0] as RawConnection
  return { client, answer, behind }
}

describe.each(kinds)('a WebSocket of a caller %s', (kind) => {
  it('has the subprotocol that the origin picks of those that the client offers', async () => {
    const { client, answer, behind } = await open(kind, 'sec-websocket-protocol: a, b')
    expect(answer).toMatch(/^HTTP\/1\.1 101 /)
    expect(answer).toMatch(/^sec-websocket-protocol: b\r$/im)
    expect(behind.text).toMatch(/^sec-websocket-protocol: a, b\r$/im)
    client.reset()
  })

  it('has none that the client did not offer', async () => {
    const { client, answer, behind } = await open(kind)
    expect(answer + behind.text).not.toMatch(/sec-websocket-protocol/i)
    client.reset()
  })

  it('that the origin loses does not look cleanly closed to the client', async () => {
    const { client, behind } = await open(kind)
    behind.socket.resetAndDestroy()
    expect(await client.until(endOf)).toBe(kind === 'with a session' ? 1014 : 'fin')
    client.reset()
  })

  it('that the client loses does not look cleanly closed to the origin', async () => {
    const { client, behind } = await open(kind)
    client.reset()
    const end = await origin.until(() => endOf(behind))
    expect(end).toBe(kind === 'with a session' ? 1001 : 'fin')
  })
})

const TEXT = 1
const CONTINUATION = 0
const CLOSE = 8
const PING = 9
const PONG = 10

/** A close frame's payload. */
function closing(code: number, reason = ''): Buffer {
  const payload = Buffer.alloc(2 + reason.length, reason)
  payload.writeUInt16BE(code)
  payload.write(reason, 2)
  return payload
}

/** The messages that a connection has got, their fragments put together. */
function messagesOf({ text }: RawConnection): string[] {
  const messages: string[] = []
  for (const { opcode, payload } of framesOf(text)) {
    if (opcode === TEXT) messages.push(payload.toString())
    if (opcode === CONTINUATION) messages.push(`${messages.pop()}${payload}`)
  }
  return messages
}

describe.each(kinds)('messages of a WebSocket of a caller %s', (kind) => {
  it('wait for a reader that has stopped: none is lost, and all are in order', async () => {
    const MESSAGES = 10_000
    const { client, behind } = await open(kind)
    client.connection.socket.pause()
    const sent = Array.from({ length: MESSAGES }, (_, n) => `message ${n} `.padEnd(600, '.'))
    const all = Buffer.concat(sent.map((text) => frame(TEXT, Buffer.from(text))))
    // The origin's socket takes the last message when at most the kernel holds what is left.
    await new Promise((resolve) => behind.socket.write(all, resolve))
    await new Promise((resolve) => behind.socket.write(frame(PING, Buffer.from('end')), resolve))
    const length = client.connection.text.length
    client.connection.socket.resume()
    await client.until(({ text }) => text.length >= length + all.length || undefined)
    expect(messagesOf(client.connection)).toEqual(sent)
    client.reset()
  })

  it('may come in fragments, with a ping between them that is answered', async () => {
    const { client, behind } = await open(kind)
    const { socket } = client.connection
    // Where the platform connects both sides, a ping reaches the origin, and its pong the client.
    behind.socket.on('data', () => {
      const ping = framesOf(behind.text).find(({ opcode }) => opcode === PING)
      if (ping !== undefined) behind.socket.write(frame(PONG, ping.payload))
    })
    socket.write(frame(TEXT, Buffer.from('one '), true, false))
    socket.write(frame(PING, Buffer.from('still there?'), true))
    socket.write(frame(CONTINUATION, Buffer.from('whole'), true))
    const got = await origin.until(() => messagesOf(behind).find((text) => text.endsWith('whole')))
    expect(got).toBe('one whole')
    const pong = await client.until(({ text }) =>
      framesOf(text).find(({ opcode }) => opcode === PONG),
    )
    expect(pong.payload.toString()).toBe('still there?')
    client.reset()
  })

  it.each<[code: number, reason: string]>([
    [1000, 'done'],
    [3000, 'unauthorized'],
    [4999, ''],
  ])('end with the code and reason of the side that closes: %d %s', async (code, reason) => {
    const close = closing(code, reason)
    const one = await open(kind)
    one.behind.socket.write(frame(CLOSE, close))
    const toClient = await one.client.until(({ text }) =>
      framesOf(text).find(({ opcode }) => opcode === CLOSE),
    )
    expect(toClient.payload).toEqual(close)
    one.client.reset()
    origin.reset()
    const other = await open(kind)
    other.client.connection.socket.write(frame(CLOSE, close, true))
    const toOrigin = await origin.until(() =>
      framesOf(other.behind.text).find(({ opcode }) => opcode === CLOSE),
    )
    expect(toOrigin.payload).toEqual(close)
    other.client.reset()
  })
})

describe('a WebSocket of a caller with a session', () => {
  it.each<[what: string, close: Buffer]>([
    ['a reserved code', closing(1004, '')],
    ['a code that is too high', closing(5000, 'x')],
    ['a code that is too low', closing(0, '')],
    ['a reason that is no UTF-8', Buffer.concat([closing(1000, ''), Buffer.alloc(100, 0xff)])],
  ])('is lost for the other side when a close has %s', async (_, close) => {
    const one = await open('with a session')
    one.client.connection.socket.write(frame(CLOSE, close, true))
    expect(await origin.until(() => endOf(one.behind))).toBe(1001)
    one.client.reset()
    origin.reset()
    const other = await open('with a session')
    other.behind.socket.write(frame(CLOSE, close))
    expect(await other.client.until(endOf)).toBe(1014)
    other.client.reset()
  })

  it('is closed on both sides, with a reason, when more waits than may wait', async () => {
    const { client, behind } = await open('with a session')
    const { socket } = client.connection
    socket.pause()
    const part = frame(TEXT, Buffer.alloc(524_288, 'x'))
    for (let n = 0; n < 40; n++) behind.socket.write(part)
    expect(await origin.until(() => endOf(behind))).toBe(1008)
    const close = closing(1008, 'more than 16 MiB at once and 1 MiB a second')
    let tail = Buffer.alloc(0)
    const isClosed = new Promise<void>((resolve) => {
      socket.on('data', (bytes) => {
        tail = Buffer.concat([tail, bytes]).subarray(-close.length)
        if (tail.equals(close)) resolve()
      })
    })
    socket.resume()
    await isClosed
    client.reset()
  })

  it('is closed on both sides, with a reason, when the session ends', async () => {
    const ending = await workers.signIn('ending@example.com')
    const { client, behind } = await open('without a credential', `cookie: session_token=${ending}`)
    client.connection.socket.write(frame(TEXT, Buffer.from('still valid'), true))
    await origin.until(() => messagesOf(behind)[0])
    const { status } = await fetch(`${workers.url}/sign-out`, {
      method: 'POST',
      headers: { cookie: `session_token=${ending}`, 'sec-fetch-site': 'same-origin' },
    })
    expect(status).toBe(204)
    expect(await client.until(endOf)).toBe(1008)
    expect(await origin.until(() => endOf(behind))).toBe(1008)
    client.reset()
  })
})

describe('an upgrade that is refused', () => {
  const ask = async (...lines: string[]) => {
    const head = ['GET /socket HTTP/1.1', 'host: 127.0.0.1', 'connection: upgrade', ...lines]
    const client = rawClient(workers.url, `${head.join('\r\n')}\r\n\r\n`)
    const answer = await client.answered(/\r\n\r\n[\s\S]+/)
    client.reset()
    return answer
  }

  it.each([
    [401, 'cookie: session_token=made-up', '"unauthenticated"'],
    [403, 'sec-fetch-site: cross-site', '"cross_site_request"'],
  ])('by the gateway is an answer like any other: %d', async (status, line, code) => {
    const lines = status === 403 ? [line, `cookie: session_token=${token}`] : [line]
    const answer = await ask(...UPGRADE, ...lines)
    expect(answer).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `))
    expect(answer).toContain(code)
    expect(origin.all).toEqual([])
  })

  it.each([401, 404, 503])('by the origin passes with its body: %d', async (status) => {
    origin.answer = ({ socket }) =>
      socket.write(`HTTP/1.1 ${status} No\r\ncontent-length: 9\r\n\r\nno socket`)
    const answer = await ask(...UPGRADE)
    expect(answer).toMatch(new RegExp(`^HTTP/1.1 ${status} `))
    expect(answer).toMatch(/no socket$/)
  })

  it('by the origin with 426, which is for one connection, is 502', async () => {
    origin.answer = ({ socket }) =>
      socket.write('HTTP/1.1 426 Other\r\nupgrade: h2c\r\ncontent-length: 2\r\n\r\nno')
    expect(await ask(...UPGRADE)).toMatch(/^HTTP\/1\.1 502 [\s\S]*"origin_unavailable"/)
  })

  it.each([
    ['no proof', () => accepts('').replace(/^sec-websocket-accept.*\r\n/im, '')],
    ['a wrong proof', () => accepts('sec-websocket-key: other')],
    [
      'an extension that nobody asked for',
      (head: string) => accepts(head, 'sec-websocket-extensions: permessage-deflate'),
    ],
  ])('by the platform, because the origin accepts it with %s, is 502', async (_, accept) => {
    origin.answer = ({ socket }, head) => socket.write(accept(head))
    const answer = await ask(...UPGRADE)
    expect(answer).toMatch(/^HTTP\/1\.1 502 [\s\S]*"origin_unavailable"/)
    expect(answer).not.toMatch(/handshake/i)
  })

  it('because it asks for another protocol reaches the origin as a request without it', async () => {
    origin.answer = ({ socket }) => socket.write('HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok')
    expect(await ask('upgrade: h2c')).toMatch(/^HTTP\/1\.1 200 [\s\S]*ok$/)
    expect(origin.all[0]?.text).not.toMatch(/^upgrade:/im)
  })
})

/** The code that a connection was closed with; how it ended, if it had no close. */
function endOf({ text, ended }: RawConnection): number | string | undefined {
  return closeCodeOf(text) ?? ended ?? undefined
}
