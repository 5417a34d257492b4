/** Both ends of a WebSocket on raw sockets (RFC 6455): handshake, short frames, and closes. */
import { createHash } from 'node:crypto'

const GUID = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11'
const KEY = 'dGhlIHNhbXBsZSBub25jZQ=='

/** The lines with which a client asks for a WebSocket. */
export const UPGRADE = [
  'upgrade: websocket',
  'connection: upgrade',
  'sec-websocket-version: 13',
  `sec-websocket-key: ${KEY}`,
]

/** The head with which an origin accepts a request for a WebSocket. */
export function accepts(head: string, ...lines: string[]): string {
  const key = /^sec-websocket-key: (.+)$/im.exec(head)?.[1]?.trim() ?? ''
  const accept = createHash('sha1')
    .update(key + GUID)
    .digest('base64')
  return [
    'HTTP/1.1 101 Switching Protocols',
    'upgrade: websocket',
    'connection: upgrade',
    `sec-websocket-accept: ${accept}`,
    ...lines,
    '',
    '',
  ].join('\r\n')
}

/** A frame: an origin's, or with a mask of zeros a client's. */
export function frame(opcode: number, payload: Buffer, masked = false): Buffer {
  const { length } = payload
  const flag = masked ? 0x80 : 0
  const head =
    length < 126
      ? Buffer.from([0x80 | opcode, flag | length])
      : length < 65_536
        ? Buffer.from([0x80 | opcode, flag | 126, length >> 8, length & 255])
        : Buffer.concat([Buffer.from([0x80 | opcode, flag | 127, 0, 0, 0, 0]), uint32(length)])
  return Buffer.concat([head, masked ? Buffer.alloc(4) : Buffer.alloc(0), payload])
}

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32BE(value)
  return bytes
}

/** The code of the close frame that a connection has got, or null. `text` may begin with a head. */
export function closeCodeOf(text: string): number | null {
  const bytes = Buffer.from(text, 'latin1')
  let at = text.startsWith('HTTP') || /^GET/.test(text) ? text.indexOf('\r\n\r\n') + 4 : 0
  while (at + 2 <= bytes.length) {
    const opcode = (bytes[at] ?? 0) & 15
    const masked = ((bytes[at + 1] ?? 0) & 0x80) !== 0
    let length = (bytes[at + 1] ?? 0) & 127
    let start = at + 2
    if (length === 126) {
      length = bytes.readUInt16BE(start)
      start += 2
    } else if (length === 127) {
      length = bytes.readUInt32BE(start + 4)
      start += 8
    }
    const mask = masked ? bytes.subarray(start, start + 4) : Buffer.alloc(4)
    if (masked) start += 4
    if (opcode === 8) {
      if (length < 2) return 1005
      const [high, low] = [bytes[start] ?? 0, bytes[start + 1] ?? 0]
      return ((high ^ (mask[0] ?? 0)) << 8) | (low ^ (mask[1] ?? 0))
    }
    at = start + length
  }
  return null
}
