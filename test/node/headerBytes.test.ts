/** Header values on raw sockets: bytes outside ASCII arrive as they were sent, both ways. */

import type { AddressInfo } from 'node:net'
import { connect, createServer, type Server } from 'node:net'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { startWorkers } from '../support/node/workers.ts'

let workers: Awaited<ReturnType<typeof startWorkers>>
let token: string
/** The latest request that the origin received, byte for byte. */
let received = ''

/** An origin that answers each request with a byte outside ASCII in a header. */
const origin: Server = createServer((socket) => {
  let text = ''
  socket.on('error', () => undefined)
  socket.on('data', (bytes) => {
    text += bytes.toString('latin1')
    if (!text.includes('\r\n\r\n')) return
    received = text
    text = ''
    const head =
      'HTTP/1.1 200 OK\r\ncontent-length: 2\r\nx-name: caf\xe9\r\ncontent-language: \xff\r\n\r\nok'
    socket.write(Buffer.from(head, 'latin1'))
  })
})

beforeAll(async () => {
  await new Promise<void>((resolve) => origin.listen(0, '127.0.0.1', resolve))
  const { port } = origin.address() as AddressInfo
  workers = await startWorkers(`http://127.0.0.1:${port}`, 'http://127.0.0.1:1')
  token = await workers.signIn('bytes@example.com')
})

afterAll(async () => {
  origin.close()
  await workers?.end()
})

/** Sends a request with further header lines. Returns the answer, a character for each byte. */
function exchange(...lines: string[]): Promise<string> {
  const { port, hostname } = new URL(workers.url)
  return new Promise((resolve, reject) => {
    const socket = connect(Number(port), hostname)
    let answer = ''
    socket.on('error', reject)
    socket.on('data', (bytes) => {
      answer += bytes.toString('latin1')
    })
    socket.on('close', () => resolve(answer))
    const head = [
      'GET /api/v1/x/tweets HTTP/1.1',
      `host: ${hostname}:${port}`,
      `cookie: session_token=${token}`,
      'connection: close',
      ...lines,
    ]
    socket.write(Buffer.from(`${head.join('\r\n')}\r\n\r\n`, 'latin1'))
  })
}

it("a caller's header reaches the origin byte for byte, and nothing sealed comes along", async () => {
  const answer = await exchange('accept-language: caf\xe9, \xff;q=0.5', 'x-user-id: 1', 'prefer: a')
  expect(answer).toMatch(/^HTTP\/1\.1 200/)
  expect(received).toMatch(/^accept-language: caf\xe9, \xff;q=0\.5\r$/im)
  expect(received).toMatch(/^prefer: a\r$/im)
  expect(received).toMatch(/^turnpike-assertion: ey/im)
  expect(received).not.toMatch(/session_token|x-user-id/i)
})

it("an origin's header reaches the caller byte for byte", async () => {
  const answer = await exchange()
  expect(answer).toMatch(/^x-name: caf\xe9\r$/im)
  expect(answer).toMatch(/^content-language: \xff\r$/im)
  expect(answer).toMatch(/^content-security-policy: sandbox\r$/im)
})
