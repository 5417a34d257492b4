/** A client that writes the bytes of a case on a socket, so that nothing normalises them. */
import { connect } from 'node:net'
import type { Answer, HeaderPair } from './answer.ts'

/** The longest that an answer may take, in milliseconds. */
const TIMEOUT_MS = 4_000

/** An answer is over when its open connection has been silent this long, in milliseconds. */
const SILENCE_MS = 250

/** Sends the bytes to a port on loopback and reads until the gateway closes or falls silent. */
export function sendBytes(port: number, bytes: Buffer): Promise<Answer> {
  return new Promise((resolve) => {
    const startedAt = performance.now()
    const chunks: Buffer[] = []
    let firstByteMs: number | null = null
    let silence: NodeJS.Timeout | undefined
    const socket = connect(port, '127.0.0.1')

    const finish = () => {
      clearTimeout(deadline)
      clearTimeout(silence)
      socket.destroy()
      const ms = firstByteMs ?? performance.now() - startedAt
      resolve({ ...parseAnswer(Buffer.concat(chunks)), ms, firstByteMs: ms })
    }
    const deadline = setTimeout(finish, TIMEOUT_MS)
    socket.on('data', (chunk) => {
      firstByteMs ??= performance.now() - startedAt
      chunks.push(chunk)
      clearTimeout(silence)
      silence = setTimeout(finish, SILENCE_MS)
    })
    for (const event of ['end', 'close', 'error']) socket.on(event, finish)
    socket.write(bytes)
  })
}

function parseAnswer(bytes: Buffer): Pick<Answer, 'status' | 'headers' | 'body' | 'truncated'> {
  const end = bytes.indexOf('\r\n\r\n')
  // Interim answers (RFC 9110 section 15.2) are skipped. 101 is final here.
  if (end > 0 && /^HTTP\/1\.1 1(?!01)/.test(bytes.subarray(0, 12).toString('latin1')))
    return parseAnswer(bytes.subarray(end + 4))
  const head = bytes.subarray(0, end < 0 ? bytes.length : end).toString('latin1')
  const [statusLine = '', ...lines] = head.split('\r\n')
  const headers = lines.map((line): HeaderPair => {
    const colon = line.indexOf(':')
    return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()]
  })
  const rest = bytes.subarray(end < 0 ? bytes.length : end + 4)
  const chunked = headers.some(
    ([name, value]) => name === 'transfer-encoding' && value === 'chunked',
  )
  const { body, whole } = chunked ? unchunk(rest) : { body: rest, whole: true }
  const status = Number(statusLine.split(' ')[1] ?? 0)
  return { status, headers, body: body.toString(), truncated: !whole }
}

/** The bytes of a chunked body (RFC 9112 section 7.1), and whether its last chunk arrived. */
function unchunk(bytes: Buffer): { body: Buffer; whole: boolean } {
  const chunks: Buffer[] = []
  let at = 0
  for (;;) {
    const lineEnd = bytes.indexOf('\r\n', at)
    if (lineEnd < 0) return { body: Buffer.concat(chunks), whole: false }
    const size = Number.parseInt(bytes.subarray(at, lineEnd).toString('latin1'), 16)
    if (!(size > 0)) return { body: Buffer.concat(chunks), whole: size === 0 }
    chunks.push(bytes.subarray(lineEnd + 2, lineEnd + 2 + size))
    at = lineEnd + 2 + size + 2
  }
}
