/** Both ends of a WebSocket on raw sockets (RFC 6455): handshake, frames, and closes. */
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

/** A frame: an origin's, or with a mask of zeros a client's; `isLast` of its message. */
export function frame(opcode: number, payload: Buffer, masked = false, isLast = true): Buffer {
  const { length } = payload
  const flag = masked ? 0x80 : 0
  const first = (isLast ? 0x80 : 0) | opcode
  const head =
    length < 126
      ? Buffer.from([first, flag | length])
      : length < 65_536
        ? Buffer.from([first, flag | 126, length >> 8, length & 255])
        : Buffer.concat([Buffer.from([first, flag | 127, 0, 0, 0, 0]), uint32(length)])
  return Buffer.concat([head, masked ? Buffer.alloc(4) : Buffer.alloc(0), payload])
}

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32BE(value)
  return bytes
}

interface Frame {
  opcode: number
  isLast: boolean
  payload: Buffer
}

/** The whole frames that a connection has got. `text` may begin with a head. */
export function framesOf(text: string): Frame[] {
  const bytes = Buffer.from(text, 'latin1')
  const frames: Frame[] = []
  let at = text.startsWith('HTTP') || /^GET/.test(text) ? text.indexOf('\r\n\r\n') + 4 : 0
  while (at + 2 <= bytes.length) {
    const [first = 0, second = 0] = bytes.subarray(at, at + 2)
    let length = second & 127
    let start = at + 2
    if (length === 126) {
      if (start + 2 > bytes.length) break
      length = bytes.readUInt16BE(start)
      start += 2
    } else if (length === 127) {
      if (start + 8 > bytes.length) break
      length = bytes.readUInt32BE(start + 4)
      start += 8
    }
    const isMasked = (second & 0x80) !== 0
    const mask = isMasked ? bytes.subarray(start, start + 4) : Buffer.alloc(4)
    if (isMasked) start += 4
    if (start + length > bytes.length) break
    const payload = Buffer.from(bytes.subarray(start, start + length))
    if (isMasked)
      for (let i = 0; i < length; i++) payload[i] = (payload[i] ?? 0) ^ (mask[i & 3] ?? 0)
    frames.push({ opcode: first & 15, isLast: (first & 0x80) !== 0, payload })
    at = start + length
  }
  return frames
}

/** The code of the close frame that a connection has got, 1005 for one without, or null. */
export function closeCodeOf(text: string): number | null {
  const close = framesOf(text).find(({ opcode }) => opcode === 8)
  if (close === undefined) return null
  return close.payload.length < 2 ? 1005 : close.payload.readUInt16BE(0)
}
