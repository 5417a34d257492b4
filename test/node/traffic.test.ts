/** Requests and answers of every kind, on raw sockets without the layer of `npm run dev`. */
import { randomBytes } from 'node:crypto'
import { connect, type Socket } from 'node:net'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import {
  chunk,
  hasLastChunk,
  type RawOrigin,
  rawClient,
  rawOrigin,
} from '../support/node/rawSockets.ts'
import { startWorkers } from '../support/node/workers.ts'

let workers: Awaited<ReturnType<typeof startWorkers>>
let origin: RawOrigin
let token: string

beforeAll(async () => {
  origin = await rawOrigin()
  const entry = 'test/support/worker/trafficGateway.ts'
  workers = await startWorkers(origin.url, 'http://127.0.0.1:1', entry)
  token = await workers.signIn('traffic@example.com')
})

afterAll(async () => {
  await workers?.end()
  origin.reset()
  await origin.end()
})

beforeEach(() => {
  origin.reset()
  workers.logs.splice(0)
})

const session = () => [`cookie: session_token=${token}`]

/** Resolves to the first line of a request in the log that matches. */
const lineOf = (matches: (line: Record<string, unknown>) => boolean) =>
  vi.waitFor(
    () => {
      const lines = workers.logs.filter((text) => text.startsWith('{"time"'))
      const line = lines.map((text) => JSON.parse(text)).find(matches)
      if (line === undefined) throw new Error(`no such line among ${lines.join('\n')}`)
      return line
    },
    { timeout: 20_000, interval: 20 },
  )

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

describe('a query', () => {
  it.each([
    ['?caf\xc3\xa9=\xc3\xa9', '?caf%C3%A9=%C3%A9'],
    ['?q=\\x%u0041%&a;;??', '?q=\\x%u0041%&a;;??'],
    ['?%3F=%26&%2f#part', '?%3F=%26&%2f'],
  ])('%j reaches the origin as %j', async (query, seen) => {
    origin.answer = ({ socket }) => socket.write('HTTP/1.1 204 Done\r\n\r\n')
    expect(await exchange(`GET /any/1${query}`, '', '')).toMatch(/^HTTP\/1\.1 204 /)
    expect(origin.all[0]?.text.split(' ')[1]).toBe(`/any/1${seen}`)
  })

  it.each(['?q=\xe9', '?q=a b', '?q=\x7f', '?q=\x01'])(
    '%j is 400, and the origin hears nothing',
    async (query) => {
      expect(await exchange(`GET /any/1${query}`, '', '')).toMatch(/^HTTP\/1\.1 400 /)
      expect(origin.all).toEqual([])
    },
  )
})

describe('a host that no URL can have', () => {
  it.each([
    ['a port that is too high', '127.0.0.1:65536'],
    ['a port that is no number', '127.0.0.1:abc'],
    ['brackets around no address', '[::1'],
  ])('is refused like any other host, as JSON and as a page: %s', async (_, host) => {
    for (const accept of ['application/json', 'text/html']) {
      const lines = [`host: ${host}`, `accept: ${accept}`, 'connection: close', '', '']
      const text = ['GET /any/1 HTTP/1.1', ...lines].join('\r\n')
      const answer = await rawClient(workers.url, text).ended()
      expect(answer).toMatch(/^HTTP\/1\.1 421 /)
      expect(answer).toMatch(new RegExp(`^content-type: ${accept}`, 'im'))
      expect(answer).toMatch(/^x-request-id: req_/im)
    }
    expect(origin.all).toEqual([])
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

describe('a chunked upload', () => {
  const CHUNKED = ['transfer-encoding: chunked', '', '']

  it.each([401, 413, 422, 200])(
    'whose answer, %d, the origin sends before it has read the body, gets the whole answer',
    async (status) => {
      const body = 'e'.repeat(300_000)
      origin.answer = ({ socket }) =>
        socket.write(`HTTP/1.1 ${status} Early\r\ncontent-length: ${body.length}\r\n\r\n${body}`)
      const client = send('POST /any/1', 'connection: close', ...session(), ...CHUNKED)
      for (let i = 0; i < 50; i++) client.write(chunk(20_000))
      client.write('0\r\n\r\n')
      const answer = await client.ended()
      expect(answer).toMatch(new RegExp(`^HTTP/1.1 ${status} `))
      expect(answer).toHaveLength(answer.indexOf('\r\n\r\n') + 4 + body.length)
    },
  )

  it('reaches the origin with its length', async () => {
    origin.answer = ({ socket }) => socket.write('HTTP/1.1 204 Done\r\n\r\n')
    const body = `${chunk(1000)}3;name="v"\r\nabc\r\n0\r\nx-trailer: 1\r\n\r\n`
    const answer = await exchange('POST /any/1', ...CHUNKED.slice(0, 1), '', body)
    expect(answer).toMatch(/^HTTP\/1\.1 204 /)
    expect(origin.all[0]?.text).toMatch(/^content-length: 1003\r$/im)
    expect(origin.all[0]?.text).not.toMatch(/transfer-encoding|x-trailer/i)
  })

  it('of thousands of tiny chunks arrives whole, to its last byte', async () => {
    origin.answer = (connection) =>
      void origin
        .until(() => connection.text.endsWith('!') || undefined)
        .then(() => connection.socket.write('HTTP/1.1 204 Done\r\n\r\n'))
    const body = Array.from({ length: 9_000 }, (_, n) => String.fromCharCode(97 + (n % 23))).join(
      '',
    )
    const chunks = [...body, '!'].map((byte) => `1\r\n${byte}\r\n`).join('')
    const answer = await exchange(
      'POST /any/1',
      'transfer-encoding: chunked',
      '',
      `${chunks}0\r\n\r\n`,
    )
    expect(answer).toMatch(/^HTTP\/1\.1 204 /)
    const { text = '' } = origin.all[0] ?? {}
    expect(text.slice(text.indexOf('\r\n\r\n') + 4)).toBe(`${body}!`)
  })

  it('that its client breaks off never reaches the origin, though the origin would answer at once', async () => {
    origin.answer = ({ socket }) =>
      socket.write(`HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n${chunk(5)}`)
    const client = send('POST /any/1', ...session(), ...CHUNKED)
    client.write(chunk(60_000))
    await new Promise((resolve) => setTimeout(resolve, 100)) // a part of the body has arrived
    client.reset()
    const line = await lineOf(({ path }) => path === '/any/1')
    expect(line).toMatchObject({ level: 'info', status: 499, endedBy: 'client' })
    expect(origin.all).toEqual([])
  })

  it('above the cap never reaches the origin', async () => {
    const client = send('POST /small/1', 'connection: close', ...CHUNKED)
    client.write(chunk(1000) + chunk(1000))
    expect(await client.ended()).toMatch(/^HTTP\/1\.1 413 [\s\S]*"limit":1024/)
    expect(origin.all).toEqual([])
  })
})

describe('an upload with a length', () => {
  const BYTES = 200_000

  it.each<[how: string, leave: (client: ReturnType<typeof send>) => void]>([
    ['by a reset', (client) => client.reset()],
    ['in order', (client) => void client.connection.socket.end()],
  ])(
    'that breaks off %s breaks the request to the origin, also when that has begun to answer, and the log knows who it was',
    async (_, leave) => {
      origin.answer = ({ socket }) =>
        socket.write(`HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n${chunk(5)}`)
      const client = send('POST /any/1', ...session(), `content-length: ${BYTES}`, '', '')
      client.write('a'.repeat(100_000))
      await client.answered(/xxxxx/)
      leave(client)
      const behind = await origin.until(() => origin.all.find(({ ended }) => ended !== null))
      const received = behind.text.length - behind.text.indexOf('\r\n\r\n') - 4
      expect(received).toBeLessThan(BYTES)
      expect(behind.text).toMatch(new RegExp(`^content-length: ${BYTES}\r$`, 'im'))
      const line = await lineOf(({ path }) => path === '/any/1')
      expect(line).toMatchObject({ level: 'info', status: 200, endedBy: 'client' })
      client.reset()
    },
  )

  it.each<[origin: string, answer: (socket: Socket, text: string) => void]>([
    ['reads on', (socket, text) => void socket.write(text)],
    ['ends the connection', (socket, text) => void socket.end(text)],
    ['reads nothing', (socket, text) => void socket.pause().end(text)],
  ])(
    'gets the whole answer, also if the client reads it last: an origin that answers early and %s',
    async (_, answer) => {
      const body = 'e'.repeat(300_000)
      const head = `HTTP/1.1 401 Early\r\nconnection: close\r\ncontent-length: ${body.length}`
      origin.answer = ({ socket }) => answer(socket, `${head}\r\n\r\n${body}`)
      const ask = async () => {
        const client = send('POST /any/early', ...session(), 'content-length: 4000000', '', '')
        client.connection.socket.pause()
        await client.write('a'.repeat(4_000_000))
        client.connection.socket.resume()
        await client.until(({ text, ended }) => text.endsWith(body) || ended || undefined)
        client.reset()
        return client.connection.text
      }
      for (const text of await Promise.all([ask(), ask(), ask(), ask()])) {
        expect(text).toMatch(/^HTTP\/1\.1 401 /)
        expect(text.slice(text.indexOf('\r\n\r\n') + 4)).toHaveLength(body.length)
      }
    },
  )

  it('that stops does not keep the end of an early answer back', async () => {
    origin.answer = ({ socket }) =>
      socket.write(`HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n${chunk(5)}0\r\n\r\n`)
    const client = send('POST /any/1', ...session(), `content-length: ${BYTES}`, '', '')
    client.write('a'.repeat(100_000))
    expect(hasLastChunk(await client.answered(/\r\n0\r\n\r\n$/))).toBe(true)
    client.reset()
  })

  it('that stops is 408, and the deadline of the origin has not begun', async () => {
    const client = send('POST /any/1', ...session(), `content-length: ${BYTES}`, '', '')
    client.write('a'.repeat(50_000))
    expect(await client.answered(/"error"/)).toMatch(/^HTTP\/1\.1 408 [\s\S]*"request_timeout"/)
    client.reset()
    const line = await lineOf(({ problem }) => problem === 'request_timeout')
    expect(line).toMatchObject({ level: 'info', endedBy: 'client' })
  })

  it('that is slow, but does not stop, has all the time it needs', async () => {
    origin.answer = (connection) => {
      const wait = () =>
        connection.text.endsWith('z')
          ? connection.socket.write('HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok')
          : setTimeout(wait, 20)
      wait()
    }
    const client = send('POST /quick/1', ...session(), 'content-length: 20001', '', '')
    // The route's time-out is 300 ms; the body takes more than twice as long.
    for (let i = 0; i < 20; i++) {
      client.write('a'.repeat(1000))
      await new Promise((resolve) => setTimeout(resolve, 40))
    }
    client.write('z')
    expect(await client.answered(/ok$/)).toMatch(/^HTTP\/1\.1 200 /)
    client.reset()
  })

  it('whose origin takes no more of it is the fault of the origin: 504', async () => {
    origin.answer = ({ socket }) => socket.pause()
    const client = send('POST /quick/1', ...session(), 'content-length: 4000000', '', '')
    client.write('a'.repeat(4_000_000))
    expect(await client.answered(/"error"/)).toMatch(/^HTTP\/1\.1 504 [\s\S]*"origin_timeout"/)
    client.reset()
  })

  it('of a caller without an account is bounded in size and time', async () => {
    const large = await exchange('POST /any/1', `content-length: ${BYTES}`, '', '')
    expect(large).toMatch(/^HTTP\/1\.1 413 [\s\S]*"limit":65536/)
    const client = send('POST /any/1', 'content-length: 1000', '', 'a')
    expect(await client.answered(/"error"/)).toMatch(/^HTTP\/1\.1 408 /)
    client.reset()
    expect(origin.all).toEqual([])
  })
})

describe('an answer that stops in the middle', () => {
  it.each([
    ['with a length', 'content-length: 100000', 'a'.repeat(50_000)],
    ['of unknown length', 'transfer-encoding: chunked', chunk(50_000)],
  ])('%s is cut, visibly, and the log says that the origin was silent', async (_, header, part) => {
    origin.answer = ({ socket }) => socket.write(`HTTP/1.1 200 OK\r\n${header}\r\n\r\n${part}`)
    const answer = await send('GET /any/stopped', ...session(), '', '').ended()
    expect(answer).toMatch(/^HTTP\/1\.1 200 /)
    expect(hasLastChunk(answer)).toBe(false)
    expect(await lineOf(({ path }) => path === '/any/stopped')).toMatchObject({
      status: 200,
      endedBy: 'origin',
      end: 'silent',
    })
  })

  it('and is short is 504', async () => {
    origin.answer = ({ socket }) => socket.write('HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nabc')
    expect(await exchange('GET /any/1', ...session(), '', '')).toMatch(/^HTTP\/1\.1 504 /)
  })

  it('and is a stream of lines goes on', async () => {
    const head =
      'HTTP/1.1 200 OK\r\ncontent-type: application/x-ndjson\r\ntransfer-encoding: chunked'
    origin.answer = ({ socket }) => {
      socket.write(`${head}\r\n\r\n${chunk(5)}`)
      // The idle bound of this gateway is 1 s.
      setTimeout(() => socket.write(`${chunk(5, 'y')}0\r\n\r\n`), 1_600)
    }
    const answer = await send('GET /any/lines', ...session(), '', '').answered(/\r\n0\r\n\r\n$/)
    expect(answer).toContain('yyyyy')
    const line = await lineOf(({ path }) => path === '/any/lines')
    expect(line).not.toHaveProperty('endedBy')
    expect(line.durationMs).toBeGreaterThan(1_500)
  })
})

describe('a URI in an answer', () => {
  it.each<[line: (at: string) => string, seen: RegExp]>([
    [(at) => `location: ${at}/caf\xc3\xa9`, /^location: \/caf%C3%A9\r$/im],
    [(at) => `location: ${at}/caf\xe9`, /^(?![\s\S]*location:)/i],
    [() => 'location: /caf\xe9', /^location: \/caf\xe9\r$/im],
    [() => 'location: /\t/evil.test', /^location: http:\/\/evil\.test\/\r$/im],
    [
      (at) => `link: <a>; rel="${at}/rels/a"; anchor=${at}/b`,
      /"http:\/\/127\.0\.0\.1\/rels\/a"; anchor="\/b"\r$/m,
    ],
    [(at) => `refresh: 5s; url=${at}/x`, /^(?![\s\S]*refresh:)/i],
    [
      (at) => `www-authenticate: Bearer realm=a, x=${at}/b`,
      /realm=a, x=http:\/\/127\.0\.0\.1\/b\r$/m,
    ],
  ])(
    'of the origin never shows its address, and leads to the right place: %s',
    async (line, seen) => {
      origin.answer = ({ socket }) =>
        socket.write(
          Buffer.from(
            `HTTP/1.1 302 Found\r\n${line(origin.url)}\r\ncontent-length: 0\r\n\r\n`,
            'latin1',
          ),
        )
      const answer = await exchange('GET /any/1', '', '')
      expect(answer).toMatch(seen)
      expect(answer).not.toContain(new URL(origin.url).port)
    },
  )
})

describe('an upload that goes on', () => {
  it.each([
    [
      'as lines',
      ['content-type: application/x-ndjson', 'transfer-encoding: chunked'],
      chunk(5),
      chunk(1),
    ],
    ['with a length', ['content-length: 3000000'], 'x'.repeat(20_000), 'x'],
  ])(
    '%s is 401 when its session ends, and broken off at the origin',
    async (_, lines, body, more) => {
      const own = await workers.signIn('uploading@example.com')
      const cookie = `cookie: session_token=${own}`
      const client = send('POST /any/1', cookie, ...lines, '', body)
      await origin.until(() => origin.all[0]?.text.includes('xxxxx') || undefined)
      const { status } = await fetch(`${workers.url}/sign-out`, {
        method: 'POST',
        headers: { cookie: `session_token=${own}`, 'sec-fetch-site': 'same-origin' },
      })
      expect(status).toBe(204)
      const timer = setInterval(() => void client.write(more), 200)
      const answer = await client.answered(/\}$/)
      clearInterval(timer)
      expect(answer).toMatch(/^HTTP\/1\.1 401 [\s\S]*^www-authenticate: /im)
      await origin.until(() => origin.all[0]?.ended)
      expect(hasLastChunk(origin.all[0]?.text ?? '')).toBe(false)
      client.reset()
    },
  )
})

describe('a part of a body', () => {
  it('reaches the origin as a part, so that the origin does not take it for the whole', async () => {
    origin.answer = ({ socket }) => socket.write('HTTP/1.1 204 Done\r\n\r\n')
    const lines = ['content-range: bytes 3-5/9', 'content-length: 3', '', 'def']
    expect(await exchange('PUT /any/1', ...lines)).toMatch(/^HTTP\/1\.1 204 /)
    expect(origin.all[0]?.text).toMatch(/^content-range: bytes 3-5\/9\r$/im)
  })
})

describe('a client that leaves', () => {
  it('before the answer ends the request to the origin, and is 499 in the log', async () => {
    const client = send('GET /any/left', ...session(), '', '')
    const behind = await origin.until(() => origin.all[0])
    await new Promise((resolve) => setTimeout(resolve, 100)) // such a client has waited a while
    client.reset()
    await origin.until(() => behind.ended ?? undefined)
    expect(await lineOf(({ path }) => path === '/any/left')).toMatchObject({
      level: 'info',
      status: 499,
      endedBy: 'client',
      end: 'disconnected',
    })
  })

  it('in the middle of a silent stream ends it at the origin, and the log says who it was', async () => {
    origin.answer = ({ socket }) =>
      socket.write(
        `HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n${chunk(5)}`,
      )
    const client = send('GET /any/middle', ...session(), '', '')
    await client.answered(/xxxxx/)
    client.reset()
    await origin.until(() => origin.all[0]?.ended ?? undefined)
    expect(await lineOf(({ path }) => path === '/any/middle')).toMatchObject({
      level: 'info',
      status: 200,
      endedBy: 'client',
      end: 'disconnected',
    })
  })
})

describe('a client that leaves at once', () => {
  /** Resolves when the origin has a request that matches. */
  const arrived = (matches: RegExp) =>
    origin.until(() => origin.all.find(({ text }) => matches.test(text)))
  type Client = ReturnType<typeof send>
  const phases: [
    phase: string,
    send: (path: string) => Client,
    until: (path: string) => unknown,
  ][] = [
    [
      'when its head has arrived',
      (path) => send(`GET ${path}`, ...session(), '', ''),
      (path) => arrived(new RegExp(path)),
    ],
    [
      'in the middle of a short body',
      (path) => send(`POST ${path}`, ...session(), 'content-length: 9', '', 'abc'),
      () => exchange('GET /none', '', ''),
    ],
    [
      'after its body',
      (path) => send(`POST ${path}`, ...session(), 'content-length: 3', '', 'abc'),
      () => arrived(/abc$/),
    ],
    [
      'in the middle of a short answer',
      (path) => {
        origin.answer = ({ socket }) =>
          socket.write('HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nabc')
        return send(`GET ${path}`, ...session(), '', '')
      },
      (path) => arrived(new RegExp(path)),
    ],
    [
      'without a credential',
      (path) => send(`GET ${path}`, '', ''),
      (path) => arrived(new RegExp(path)),
    ],
  ]

  it('has its line, one, as soon as the gateway may know, whatever the phase', async () => {
    for (const [index, [, start, until]] of phases.entries()) {
      origin.reset()
      const client = start(`/any/lost-${index}`)
      await until(`/any/lost-${index}`)
      client.reset()
    }
    const seen = () =>
      workers.logs
        .filter((text) => text.includes('/any/lost-'))
        .map((text) => JSON.parse(text) as Record<string, unknown>)
    // The code of such a call has ended: a later request finds what became of it.
    await vi.waitFor(
      async () => {
        await exchange('GET /none', '', '')
        expect(seen().map(({ path }) => path)).toHaveLength(phases.length)
      },
      { timeout: 20_000, interval: 500 },
    )
    for (const [index, [phase]] of phases.entries())
      expect(
        seen().find(({ path }) => path === `/any/lost-${index}`),
        phase,
      ).toMatchObject({ level: 'info', status: 499, endedBy: 'client', end: 'disconnected' })
  })
})

describe('an answer without a body', () => {
  it.each([
    [
      'HEAD',
      'HTTP/1.1 200 OK\r\ncontent-length: 5000\r\n\r\n',
      /^HTTP\/1\.1 200 [\s\S]*content-length: 5000/i,
    ],
    ['GET', 'HTTP/1.1 204 None\r\n\r\n', /^HTTP\/1\.1 204 /],
    [
      'GET',
      'HTTP/1.1 304 Same\r\ncontent-length: 5000\r\netag: "1"\r\n\r\n',
      /^HTTP\/1\.1 304 [\s\S]*"1"/,
    ],
  ])('to %s passes: %j', async (method, answer, expected) => {
    origin.answer = ({ socket }) => socket.write(answer)
    expect(await exchange(`${method} /any/1`, ...session(), '', '')).toMatch(expected)
  })
})

describe('a compressed answer', () => {
  it.each([1_000, 200_000])('of %d bytes passes byte for byte, with its length', async (length) => {
    const bytes = gzipSync(randomBytes(length)).toString('latin1')
    origin.answer = ({ socket }) =>
      socket.write(
        Buffer.from(
          `HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: ${bytes.length}\r\n\r\n${bytes}`,
          'latin1',
        ),
      )
    const answer = await exchange('GET /any/1', ...session(), 'accept-encoding: gzip', '', '')
    expect(answer).toMatch(new RegExp(`^content-length: ${bytes.length}\r$`, 'im'))
    expect(answer.slice(answer.indexOf('\r\n\r\n') + 4)).toBe(bytes)
  })
})

describe('a request that expects 100 (Continue)', () => {
  it('is told to go on before the gateway sees it, and the origin is not asked to say so', async () => {
    origin.answer = (connection) => {
      const isWhole = () => connection.text.endsWith('abc')
      void origin
        .until(() => isWhole() || undefined)
        .then(() => connection.socket.write('HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok'))
    }
    const client = send('POST /any/1', 'expect: 100-continue', 'content-length: 3', '', '')
    expect(await client.answered(/\r\n\r\n/)).toMatch(/^HTTP\/1\.1 100 Continue\r\n/)
    client.write('abc')
    expect(await client.answered(/ok$/)).toMatch(/HTTP\/1\.1 200 OK/)
    expect(origin.all[0]?.text).not.toMatch(/^expect:/im)
    client.reset()
  })
})

describe('requests that come on one connection', () => {
  it('without waiting for answers are answered in order', async () => {
    origin.answer = ({ socket }, head) => {
      const path = head.split(' ')[1] ?? ''
      socket.write(`HTTP/1.1 200 OK\r\ncontent-length: ${path.length}\r\n\r\n${path}`)
    }
    const one = (n: number) => `GET /any/${n} HTTP/1.1\r\nhost: 127.0.0.1\r\n\r\n`
    const client = rawClient(workers.url, one(1) + one(2) + one(3))
    const answer = await client.answered(/\/any\/3$/)
    expect([...answer.matchAll(/\r\n\r\n(\/any\/\d)/g)].map(([, path]) => path)).toEqual([
      '/any/1',
      '/any/2',
      '/any/3',
    ])
    client.reset()
  })

  it.each<[status: number, lines: [start: string, ...rest: string[]]]>([
    [401, ['GET /any/1', 'x-api-key: xq_wrong', '', '']],
    [413, ['POST /small/1', 'content-length: 5000', '', '']],
    [408, ['POST /any/1', 'content-length: 5000', '', 'GET']],
    [400, ['GET /any/1', 'content-length: 5000', '', '']],
  ])('are never read out of the body of one that was refused with %d', async (status, lines) => {
    origin.answer = ({ socket }) => socket.write('HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok')
    const client = send(...lines)
    expect(await client.answered(/\}$/)).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `))
    const next = 'GET /any/next HTTP/1.1\r\nhost: 127.0.0.1\r\n\r\n'
    const isReused = status === 401
    await client.write(isReused ? next : next.padEnd(5000, 'x') + next)
    await client.until(({ text, ended }) => ended || /ok$/.test(text) || undefined)
    const asked = origin.all.map(({ text }) => text.split(' ')[1])
    if (isReused) expect(asked).toEqual(['/any/next'])
    else expect(asked.length).toBeLessThanOrEqual(1)
    client.reset()
  })
})

describe('a length that lies', () => {
  it.each([
    ['two that differ', 'content-length: 3\r\ncontent-length: 4'],
    ['two in one line', 'content-length: 3, 4'],
    ['a sign', 'content-length: +3'],
    ['a negative one', 'content-length: -3'],
    ['a hexadecimal one', 'content-length: 0x3'],
    ['chunks that are not the last coding', 'transfer-encoding: chunked, identity'],
    ['an unknown coding', 'transfer-encoding: xchunked'],
    ['a coding that nobody undoes', 'transfer-encoding: gzip, chunked'],
    ['chunks of chunks', 'transfer-encoding: chunked\r\ntransfer-encoding: chunked'],
    ['a blank before the colon', 'content-length : 3'],
  ])('%s: 400, the connection ends, and the origin hears nothing', async (_, header) => {
    expect(await send('POST /any/1', header, '', 'abc').ended()).toMatch(/^HTTP\/1\.1 400 /)
    expect(origin.all).toEqual([])
  })

  it('of an answer, or a coding that nobody undoes: 502', async () => {
    for (const header of ['transfer-encoding: gzip, chunked', 'content-length: 3, 4']) {
      origin.answer = ({ socket }) =>
        socket.write(`HTTP/1.1 200 OK\r\n${header}\r\n\r\n3\r\nabc\r\n0\r\n\r\n`)
      expect(await exchange('GET /any/1', '', '')).toMatch(/^HTTP\/1\.1 502 /)
    }
  })

  it.each([
    ['shorter than it says', 2],
    ['longer than it says', 20_000],
  ])('of an answer beside chunks does not count: an answer that is %s', async (_, length) => {
    origin.answer = ({ socket }) => {
      const framing = 'content-length: 9000\r\ntransfer-encoding: chunked'
      socket.write(`HTTP/1.1 200 OK\r\n${framing}\r\n\r\n${chunk(length)}0\r\n\r\n`)
    }
    for (const credential of [session(), []]) {
      const answer = await exchange('GET /any/1', ...credential, '', '')
      expect(answer).toMatch(/^HTTP\/1\.1 200 /)
      expect(answer).not.toMatch(/^content-length:/im)
      expect(answer.split('\r\n\r\n')[1]?.match(/x+/g)?.join('').length).toBe(length)
      expect(hasLastChunk(answer)).toBe(true)
    }
  })

  it('beside chunks does not count: the origin gets the length of what came', async () => {
    origin.answer = ({ socket }) => socket.write('HTTP/1.1 204 Done\r\n\r\n')
    const both = ['content-length: 9', 'transfer-encoding: chunked', '']
    const answer = await exchange('POST /any/1', ...both, '3\r\nabc\r\n0\r\n\r\n')
    expect(answer).toMatch(/^HTTP\/1\.1 204 /)
    expect(origin.all.map(({ text }) => text.match(/^content-length: \d+|abc$/gim))).toEqual([
      ['Content-Length: 3', 'abc'],
    ])
  })
})

describe('a header that Connection names', () => {
  it('is for this connection, and does not reach the origin; a credential counts all the same', async () => {
    origin.answer = ({ socket }) => socket.write('HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok')
    const lines = ['connection: Close, X-API-Key, Accept, via', 'accept: a/b', 'range: bytes=0-1']
    expect(await send('GET /any/1', ...lines, '', '').ended()).toMatch(/^HTTP\/1\.1 200 /)
    const { text = '' } = origin.all[0] ?? {}
    expect(text).not.toMatch(/^accept:/im)
    expect(text).toMatch(/^range: bytes=0-1\r$/im)
    expect(text, "the gateway's own headers stay").toMatch(/^via: 1\.1 turnpike\r$/im)
    const wrong = await send('GET /any/1', ...lines, 'x-api-key: xq_wrong', '', '').ended()
    expect(wrong).toMatch(/^HTTP\/1\.1 401 /)
  })
})

describe('a request that comes byte by byte', () => {
  it('is read as one that comes at once', async () => {
    origin.answer = ({ socket }) => socket.write('HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok')
    const text = 'POST /any/slow HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-length: 3\r\n\r\nabc'
    const client = rawClient(workers.url, '')
    client.connection.socket.setNoDelay(true)
    for (const character of text) await client.write(character)
    expect(await client.answered(/ok$/)).toMatch(/^HTTP\/1\.1 200 /)
    expect(origin.all[0]?.text).toMatch(/abc$/)
    client.reset()
  })
})

describe('a compressed request body', () => {
  it('reaches the origin byte for byte, with its coding', async () => {
    origin.answer = ({ socket }) => socket.write('HTTP/1.1 204 Done\r\n\r\n')
    const bytes = gzipSync(randomBytes(2_000)).toString('latin1')
    const headers = ['content-encoding: gzip', `content-length: ${bytes.length}`]
    expect(await exchange('POST /any/1', ...headers, '', bytes)).toMatch(/^HTTP\/1\.1 204 /)
    const { text = '' } = origin.all[0] ?? {}
    expect(text).toMatch(/^content-encoding: gzip\r$/im)
    expect(text.slice(text.indexOf('\r\n\r\n') + 4)).toBe(bytes)
  })
})

describe.each([
  ['watched', () => session()],
  ['moved by the platform alone', () => []],
])('a client that stops reading an answer that is %s', (_, credential) => {
  it('slows its origin down, and gets the whole answer when it reads on', async () => {
    const PARTS = 48
    const part = Buffer.from(chunk(1_048_576))
    let taken = 0
    const [head, end] = [
      'content-type: application/x-ndjson\r\ntransfer-encoding: chunked',
      '0\r\n\r\n',
    ]
    origin.answer = async ({ socket }) => {
      socket.write(`HTTP/1.1 200 OK\r\n${head}\r\n\r\n`)
      for (; taken < PARTS; taken++) await new Promise((taken) => socket.write(part, taken))
      socket.end(end)
    }
    const client = connect(Number(new URL(workers.url).port), '127.0.0.1').pause()
    client.write(
      [
        'GET /any/lines HTTP/1.1',
        'host: 127.0.0.1',
        'connection: close',
        ...credential(),
        '',
        '',
      ].join('\r\n'),
    )
    // The origin has stopped when other requests come and go while it sends nothing.
    for (let seen = -1; seen !== taken || taken === 0; ) {
      seen = taken
      for (let n = 0; n < 5; n++) await exchange('GET /none', '', '')
    }
    expect(taken).toBeLessThan(PARTS - 12)
    let [bytes, last] = [0, '']
    for await (const piece of client) {
      bytes += piece.length
      last = (last + piece.subarray(-5).toString('latin1')).slice(-5)
    }
    expect([taken, last]).toEqual([PARTS, end])
    expect(bytes).toBeGreaterThan(PARTS * 1_048_576)
  })
})
