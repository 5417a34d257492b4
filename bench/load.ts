/**
 * Load that costs little to make, so that the server is what is measured: requests on raw sockets.
 */
import { connect, type Socket } from 'node:net'
import { createAnswerReader, type WireAnswer } from './answers.ts'

/** How many connections are open at a time, with one request on the way on each. */
export const CONNECTIONS = 32

/** No answer takes longer, in milliseconds. */
const PATIENCE_MS = 20_000

/** The requests for one server, and the status that must come back. */
export interface Load {
  port: number
  /** The next request, whole, as it is on the wire. */
  next: () => Buffer
  /** The status of every answer; any other ends the run. Null: any status will do. */
  status: number | null
  /** Told of each answer. */
  onAnswer?: (status: number) => void
}

/** A request as it is on the wire. Header names and values are sent as they are given. */
export function wireRequest(
  method: string,
  path: string,
  headers: Record<string, string>,
  body = '',
): Buffer {
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`)
  const length = body === '' ? '' : `content-length: ${Buffer.byteLength(body)}\r\n`
  return Buffer.from(`${method} ${path} HTTP/1.1\r\n${lines.join('')}${length}\r\n${body}`)
}

/** Sends one request on a connection of its own. Resolves to its whole answer. */
export async function askOnce(port: number, request: Buffer): Promise<WireAnswer> {
  const line = await openLine(port, true)
  try {
    return await line.ask(request)
  } finally {
    line.close()
  }
}

/**
 * Opens fresh connections, because workerd closes the ones that have been idle for five seconds.
 */
export async function openLoad({ port, next, status, onAnswer }: Load, connections = CONNECTIONS) {
  const lines = await Promise.all(Array.from({ length: connections }, () => openLine(port, false)))

  /**
   * Sends requests on all connections until `count` are answered. Rejects at the first unexpected
   * answer.
   */
  async function send(count: number): Promise<void> {
    let left = count
    const work = async (line: Line) => {
      while (left > 0) {
        left--
        const answer = await line.ask(next())
        if (status !== null && answer.status !== status)
          throw new Error(`not ${status}: ${answer.head}`)
        onAnswer?.(answer.status)
      }
    }
    await Promise.all(lines.map(work))
  }

  const close = () => {
    for (const line of lines) line.close()
  }
  return { send, close }
}

type Line = Awaited<ReturnType<typeof openLine>>

/** One connection. */
async function openLine(port: number, keepsBody: boolean) {
  const socket: Socket = connect({ port, host: '127.0.0.1' }).setNoDelay(true)
  await new Promise<void>((resolve, reject) => {
    socket.once('connect', resolve).once('error', reject)
  })
  const read = createAnswerReader(keepsBody)
  let resolve = (_: WireAnswer): void => {}
  let reject = (_: Error): void => {}
  socket.setTimeout(PATIENCE_MS)
  socket.on('timeout', () => fail(new Error(`no answer within ${PATIENCE_MS} ms`)))
  socket.on('error', (error) => fail(error))
  socket.on('close', () => fail(new Error('the connection was closed')))
  socket.on('data', (chunk: Buffer) => {
    try {
      const answer = read(chunk)
      if (answer !== null) resolve(answer)
    } catch (error) {
      fail(error instanceof Error ? error : new Error(String(error)))
    }
  })

  function fail(error: Error): void {
    reject(error)
    socket.destroy()
  }

  return {
    ask(request: Buffer): Promise<WireAnswer> {
      return new Promise((done, broken) => {
        resolve = done
        reject = broken
        socket.write(request)
      })
    },
    close(): void {
      reject = () => {}
      socket.destroy()
    },
  }
}
