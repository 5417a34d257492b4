/**
 * An origin that records every request. That it recorded none is the assertion that matters most.
 */
import { createServer, type IncomingMessage, type Server } from 'node:http'
import type { Duplex } from 'node:stream'
import { type HeaderPair, toPairs } from './answer.ts'
import { type Authorities, acceptSocket, answer, neverAnswers } from './faults.ts'

/** One request as it arrived. */
export interface Hit {
  method: string
  target: string
  headers: HeaderPair[]
  body: string
  /** Whether the body arrived completely. */
  completed: boolean
}

export interface Upstream {
  port: number
  /** The requests since the last `forget`. */
  hits: () => readonly Hit[]
  forget: () => void
  close: () => Promise<void>
}

/** The limit for request headers, far above what a gateway should send. */
const MAX_HEADER_BYTES = 1_048_576

/** Starts an upstream on a port of 127.0.0.1 (0: any free port). Rejects if the port is taken. */
export async function startUpstream(port: number, authorities: Authorities): Promise<Upstream> {
  const hits: Hit[] = []
  /** Connections on which a request has begun and has not ended. */
  const busy = new WeakSet<Duplex>()
  const record = (request: IncomingMessage, completed: boolean): Hit => {
    const { method = '', url: target = '', rawHeaders } = request
    const hit = { method, target, headers: toPairs(rawHeaders), body: '', completed }
    hits.push(hit)
    return hit
  }

  const server = createServer({ insecureHTTPParser: true, maxHeaderSize: MAX_HEADER_BYTES })
  server.on('request', (request, response) => {
    const hit = record(request, false)
    busy.add(request.socket)
    request.on('error', () => undefined) // the gateway gave up; the hit is recorded
    if (neverAnswers(request)) {
      request.resume()
      return
    }
    request.on('data', (chunk: Buffer) => {
      hit.body += chunk.toString()
    })
    request.on('end', () => {
      hit.completed = true
      busy.delete(request.socket)
      answer(request, response, authorities)
    })
  })
  server.on('upgrade', (request, socket) => {
    record(request, true)
    socket.on('error', () => undefined)
    acceptSocket(request, socket)
  })
  server.on('clientError', (error: NodeJS.ErrnoException, socket) => {
    // Bytes that are not HTTP count as a hit. A request that breaks off is recorded already, and an
    // idle connection that is reset carries nothing.
    if (error.code?.startsWith('HPE_') === true && !busy.has(socket))
      hits.push({ method: '?', target: '?', headers: [], body: '', completed: false })
    socket.destroy()
  })

  return {
    port: await listen(server, port),
    hits: () => hits,
    forget: () => {
      hits.length = 0
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

function listen(server: Server, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, '127.0.0.1', () => {
      const address = server.address()
      resolve(typeof address === 'object' && address !== null ? address.port : port)
    })
  })
}
