/** Answers for a recording upstream. The query `?mode=` asks for an origin that misbehaves. */
import { createHash } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'

/** The hosts and ports that faults refer to. They are known when both upstreams listen. */
export interface Authorities {
  originA: string
  originB: string
}

type Fault = (response: ServerResponse, request: IncomingMessage) => void

/** How long a connection stays open after the bytes that break it, in milliseconds. */
const BREAK_AFTER_MS = 30

/** How long a WebSocket stays open, in milliseconds. */
const SOCKET_MS = 300

/** The constant of the handshake (RFC 6455 section 1.3). */
const WEBSOCKET_GUID = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11'

/** Whether the upstream accepts the request and never answers. */
export function neverAnswers(request: IncomingMessage): boolean {
  return request.url?.startsWith('/v1/slow') === true || modeOf(request) === 'slow'
}

/**
 * Answers a request that has arrived completely: 200 with the target, or the fault that the query
 * names.
 */
export function answer(
  request: IncomingMessage,
  response: ServerResponse,
  authorities: Authorities,
): void {
  if (request.url?.startsWith('/v1/drop')) {
    request.socket.destroy()
    return
  }
  const fault = faults(authorities)[modeOf(request)]
  if (fault === undefined) sendJson(response, request, 200, {})
  else fault(response, request)
}

/**
 * Accepts a WebSocket (RFC 6455 section 4.2.2), sends nothing, and closes the socket after
 * SOCKET_MS.
 */
export function acceptSocket(request: IncomingMessage, socket: Duplex): void {
  const key = request.headers['sec-websocket-key'] ?? ''
  const accept = createHash('sha1')
    .update(key + WEBSOCKET_GUID)
    .digest('base64')
  socket.write(
    `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept}\r\n\r\n`,
  )
  setTimeout(() => socket.destroy(), SOCKET_MS)
}

function faults({ originA, originB }: Authorities): Partial<Record<string, Fault>> {
  const withHeaders =
    (headers: Record<string, string | string[]>, status = 200): Fault =>
    (response, request) =>
      sendJson(response, request, status, headers)
  return {
    'redirect-cross': withHeaders({ location: `http://${originB}/landed` }, 302),
    'redirect-internal': withHeaders({ location: `http://${originA}/x` }, 302),
    cookies: withHeaders({
      'set-cookie': ['__Host-session=evil; Path=/', 'session_token=evil; Domain=.test'],
    }),
    conn: withHeaders({
      connection: 'close, x-secret',
      'x-secret': 's',
      'proxy-authenticate': 'Basic',
      'x-powered-by': 'leak',
    }),
    cors: withHeaders({
      'access-control-allow-origin': '*',
      'access-control-allow-credentials': 'true',
    }),
    receipt: withHeaders({ 'payment-receipt': 'forged' }),
    cacheable: withHeaders({ 'cache-control': 'public, max-age=3600' }),
    500: (response, request) => sendJson(response, request, 500, {}, '{"error":"boom"}'),
    truncated,
    sse,
    101: (_, request) =>
      breakOff(
        request,
        'HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n',
      ),
    badheader: (_, request) =>
      breakOff(request, 'HTTP/1.1 200 OK\r\nBad Header Name: x\r\nContent-Length: abc\r\n\r\nhi'),
  }
}

function modeOf(request: IncomingMessage): string {
  const { url = '/' } = request
  return new URLSearchParams(url.slice(url.indexOf('?') + 1)).get('mode') ?? ''
}

function sendJson(
  response: ServerResponse,
  request: IncomingMessage,
  status: number,
  headers: Record<string, string | string[]>,
  body = JSON.stringify({ target: request.url }),
): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers })
  response.end(request.method === 'HEAD' ? undefined : body)
}

function truncated(response: ServerResponse): void {
  response.writeHead(200, { 'content-length': '1000' })
  response.write('{"a":')
  setTimeout(() => response.destroy(), BREAK_AFTER_MS)
}

/** Sends two events, one second apart. */
function sse(response: ServerResponse): void {
  response.writeHead(200, { 'content-type': 'text/event-stream' })
  response.write('data: 1\n\n')
  setTimeout(() => response.end('data: 2\n\n'), 1_000)
}

function breakOff({ socket }: IncomingMessage, bytes: string): void {
  socket.write(bytes)
  setTimeout(() => socket.destroy(), BREAK_AFTER_MS)
}
