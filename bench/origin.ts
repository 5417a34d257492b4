/**
 * The origin of all subjects as a process: `node bench/origin.ts`. It writes its port to stdout,
 * and runs until it is ended. Its usual answer has the seven headers that nginx gives a small JSON
 * file.
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

const ITEM = JSON.stringify({
  id: '1234567890',
  text: 'A tweet of the usual length, with a link and a mention in it, as people write.',
  author: { id: '42', username: 'somebody' },
  createdAt: '2026-01-01T00:00:00.000Z',
})
const MCP_RESULT = JSON.stringify({ jsonrpc: '2.0', id: 1, result: { tools: [] } })
const MEBIBYTE = Buffer.alloc(1024 * 1024, 'x')
const EVENTS = 20

const HEADERS = {
  server: 'nginx',
  'content-type': 'application/json',
  etag: '"65a0c0de-be"',
  'cache-control': 'private, max-age=0',
}

function answer(request: IncomingMessage, response: ServerResponse): void {
  const { url = '' } = request
  if (url.includes('/events')) {
    stream(response)
    return
  }
  const body = url.includes('/mebibyte') ? MEBIBYTE : url.includes('/mcp') ? MCP_RESULT : ITEM
  response.writeHead(200, { ...HEADERS, 'content-length': Buffer.byteLength(body) }).end(body)
}

/** Server-sent events, each of them written for itself. */
function stream(response: ServerResponse): void {
  response.writeHead(200, { ...HEADERS, 'content-type': 'text/event-stream' })
  let sent = 0
  const next = () => {
    if (sent++ === EVENTS) return void response.end()
    response.write(`id: ${sent}\ndata: ${ITEM}\n\n`)
    setImmediate(next)
  }
  next()
}

const server = createServer((request, response) => {
  request.resume()
  request.on('end', () => answer(request, response))
  request.on('error', () => response.destroy())
})
// The client closes the connections, so that none breaks while a request is on its way.
server.keepAliveTimeout = 0
server.listen(0, '127.0.0.1', () => {
  console.log((server.address() as AddressInfo).port)
})
