/** WebSockets on raw sockets: subprotocols, and connections that are lost without a close. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import {
  type RawConnection,
  type RawOrigin,
  rawClient,
  rawOrigin,
} from '../support/node/rawSockets.ts'
import { accepts, closeCodeOf, UPGRADE } from '../support/node/rawWebSocket.ts'
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

/** The code that a connection was closed with; how it ended, if it had no close. */
function endOf({ text, ended }: RawConnection): number | string | undefined {
  return closeCodeOf(text) ?? ended ?? undefined
}
