/**
 * Load that costs the client little, so that it is the server that is measured: pipelined requests
 * on raw sockets.
 */
import { readFileSync } from 'node:fs'
import { connect } from 'node:net'

export interface Load {
  port: number
  path: string
  headers: Record<string, string>
  /** The beginning of every answer, "HTTP/1.1 402". Any other answer ends the run. */
  expected: string
}

const CONNECTIONS = 32
/** How many requests are on the way on one connection. */
const DEPTH = 1

/**
 * Sends `count` requests. Resolves to the seconds that it took; rejects at the first answer that is
 * not as expected.
 */
export async function send({ port, path, headers, expected }: Load, count: number) {
  const lines = Object.entries({ host: '127.0.0.1', ...headers }).map((pair) => pair.join(': '))
  const request = `GET ${path} HTTP/1.1\r\n${lines.join('\r\n')}\r\n\r\n`
  const started = performance.now()
  const share = Math.ceil(count / CONNECTIONS)
  await Promise.all(
    Array.from({ length: CONNECTIONS }, () => pipeline(port, request, expected, share)),
  )
  return (performance.now() - started) / 1000
}

function pipeline(port: number, request: string, expected: string, count: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host: '127.0.0.1' }).setNoDelay(true).setEncoding('latin1')
    let sent = 0
    let answered = 0
    let tail = ''
    const sendSome = (some: number) => {
      const now = Math.min(some, count - sent)
      sent += now
      if (now > 0) socket.write(request.repeat(now))
    }
    socket.on('data', (chunk: string) => {
      const text = tail + chunk
      let from = 0
      let seen = 0
      for (let at = text.indexOf('HTTP/1.1 '); at >= 0; at = text.indexOf('HTTP/1.1 ', from)) {
        if (at + expected.length > text.length) break
        if (!text.startsWith(expected, at)) {
          reject(new Error(`not "${expected}": ${text.slice(at, at + 300)}`))
          socket.destroy()
          return
        }
        from = at + expected.length
        seen++
      }
      tail = text.slice(Math.max(from, text.length - expected.length))
      answered += seen
      if (answered >= count) {
        socket.end()
        resolve()
      } else sendSome(seen)
    })
    socket.on('error', reject)
    socket.on('close', () => reject(new Error('the connection was closed')))
    socket.on('connect', () => sendSome(DEPTH))
  })
}

/** The CPU seconds that a process and its threads have used. Linux only. */
export function cpuSeconds(pid: number): number {
  const [, fields = ''] = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')
  const [user, system] = fields.split(' ').slice(11, 13).map(Number)
  return ((user ?? 0) + (system ?? 0)) / 100
}
