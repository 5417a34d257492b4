/**
 * MCP 2026-07-28: a request repeats its method and parameters in headers, and the server checks
 * them against the body. If a gateway drops such a header, most clients fall back silently to an
 * older revision. The client of this test is pinned to the revision, so that it fails instead.
 */
import { createServer, type IncomingMessage, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { json } from 'node:stream/consumers'
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { freePort } from '../../dev/ports.ts'
import { devIn, type Facts } from '../support/node/dev.ts'

const VERSION = '2026-07-28'
const { start, cleanUp } = devIn()
let facts: Facts
let server: Server
/** The requests that reached the server, in order. */
const seen: { method: string; url: string; headers: IncomingMessage['headers'] }[] = []

interface Message {
  id?: number | string
  method: string
  params?: { name?: string; arguments?: Record<string, unknown> }
}

/**
 * Answers for a minimal server, because there is no official server package of that revision yet.
 */
function resultOf({ method, params }: Message): object {
  const complete = { resultType: 'complete', ttlMs: 0, cacheScope: 'private' }
  if (method === 'server/discover') {
    const serverInfo = { name: 'modern', version: '1.0.0' }
    return { ...complete, supportedVersions: [VERSION], capabilities: { tools: {} }, serverInfo }
  }
  if (method === 'tools/list') {
    const region = { type: 'string', 'x-mcp-header': 'Region' }
    const user = { type: 'string', 'x-mcp-header': 'user_id' }
    const inputSchema = { type: 'object', properties: { region, user } }
    return { ...complete, tools: [{ name: 'where', inputSchema }] }
  }
  const text = JSON.stringify(params?.arguments)
  return { resultType: 'complete', content: [{ type: 'text', text }] }
}

beforeAll(async () => {
  server = createServer(async (request, response) => {
    const message = (await json(request)) as Message
    seen.push({ method: message.method, url: request.url ?? '', headers: request.headers })
    const answer = (status: number, body: object) =>
      response
        .writeHead(status, { 'content-type': 'application/json' })
        .end(JSON.stringify({ jsonrpc: '2.0', id: message.id ?? null, ...body }))
    if (request.headers['mcp-method'] !== message.method)
      return answer(400, { error: { code: -32_020, message: 'Mcp-Method is not the method' } })
    if (message.id === undefined) return response.writeHead(202).end()
    return answer(200, { result: resultOf(message) })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  facts = (
    await start({
      PORT: String(await freePort(23_087)),
      RATE_LIMITS: 'off',
      NO_CHAIN: '1',
      MCP_ORIGIN_URL: `http://127.0.0.1:${port}/some/where`,
    })
  ).facts
})
afterAll(() => {
  cleanUp()
  server.close()
})

it('42 (MCP 2026-07-28, Streamable HTTP): a client that insists on the revision gets it through the gateway', async () => {
  const client = new Client(
    { name: 'turnpike-test', version: '1.0.0' },
    { versionNegotiation: { mode: { pin: VERSION } } },
  )
  const requestInit = { headers: { 'x-api-key': facts.apiKey } }
  await client.connect(new StreamableHTTPClientTransport(new URL(facts.mcp), { requestInit }))
  expect((await client.listTools()).tools.map(({ name }) => name)).toEqual(['where'])
  const input = { region: 'eu', user: 'é' }
  const { content } = await client.callTool({ name: 'where', arguments: input })
  expect(content).toEqual([{ type: 'text', text: JSON.stringify(input) }])
  await client.close()

  const call = seen.find(({ method }) => method === 'tools/call')
  expect(call?.headers).toMatchObject({
    'mcp-protocol-version': VERSION,
    'mcp-method': 'tools/call',
    'mcp-name': 'where',
    'mcp-param-region': 'eu',
    'mcp-param-user_id': expect.stringMatching(/./),
  })
  expect(call?.headers).not.toHaveProperty('x-api-key')
  expect(new Set(seen.map(({ url }) => url))).toEqual(new Set(['/some/where']))
})
