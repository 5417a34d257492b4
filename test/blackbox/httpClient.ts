/** An ordinary HTTP client that follows no redirect and never retries. */
import { type IncomingMessage, request } from 'node:http'
import { type Answer, type HeaderPair, toPairs } from './answer.ts'

/** The longest that an answer may take, in milliseconds. */
const TIMEOUT_MS = 8_000

export interface HttpRequest {
  method: string
  target: string
  headers: readonly HeaderPair[]
  body: string | undefined
  /** Whether the body is sent without a declared length. */
  chunked: boolean
}

/** Sends to a port on loopback. Without an answer the status is 0, and the body says why. */
export function sendHttp(port: number, sent: HttpRequest): Promise<Answer> {
  const startedAt = performance.now()
  const elapsed = () => performance.now() - startedAt
  return new Promise((resolve, reject) => {
    const { method, target: path } = sent
    const outgoing = request(
      { host: '127.0.0.1', port, method, path, agent: false },
      (incoming) => {
        readAnswer(incoming, elapsed).then(resolve, reject)
      },
    )
    for (const [name, values] of grouped(sent.headers)) {
      outgoing.setHeader(name, values.length === 1 ? (values[0] ?? '') : values)
    }
    outgoing.on('error', (error) => {
      const ms = elapsed()
      resolve({ status: 0, headers: [], body: String(error), ms, firstByteMs: ms, truncated: true })
    })
    outgoing.setTimeout(TIMEOUT_MS, () => outgoing.destroy(new Error('client timeout')))
    if (sent.body === undefined) {
      if (/^(?:POST|PUT|PATCH)$/.test(method)) outgoing.setHeader('content-length', 0)
    } else {
      if (sent.chunked) outgoing.setHeader('transfer-encoding', 'chunked')
      else outgoing.setHeader('content-length', Buffer.byteLength(sent.body))
      outgoing.write(sent.body)
    }
    outgoing.end()
  })
}

function readAnswer(incoming: IncomingMessage, elapsed: () => number): Promise<Answer> {
  const headMs = elapsed()
  return new Promise((resolve) => {
    const chunks: Buffer[] = []
    let firstByteMs: number | null = null
    const finish = () =>
      resolve({
        status: incoming.statusCode ?? 0,
        headers: toPairs(incoming.rawHeaders),
        body: Buffer.concat(chunks).toString(),
        ms: elapsed(),
        firstByteMs: firstByteMs ?? headMs,
        truncated: !incoming.complete,
      })
    incoming.on('data', (chunk: Buffer) => {
      firstByteMs ??= elapsed()
      chunks.push(chunk)
    })
    for (const event of ['end', 'error', 'aborted', 'close']) incoming.on(event, finish)
  })
}

/** The values of each name, so that a repeated header is sent as two lines. */
function grouped(headers: readonly HeaderPair[]): Map<string, string[]> {
  const groups = new Map<string, string[]>()
  for (const [name, value] of headers) groups.set(name, [...(groups.get(name) ?? []), value])
  return groups
}
