/** A client and an origin that write and read bytes on sockets, so that nothing repairs them. */
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'

/** One connection as this end of it has seen it. */
export interface RawConnection {
  socket: Socket
  /** All bytes that came, a character for each. */
  text: string
  /** How the other end has ended it: "fin", or the code of an error; null while it is open. */
  ended: string | null
}

/** Records what comes on a socket. `changed` is called after each change. */
function recorded(socket: Socket, changed: (connection: RawConnection) => void): RawConnection {
  const connection: RawConnection = { socket, text: '', ended: null }
  const end = (how: string) => {
    connection.ended ??= how
    changed(connection)
  }
  socket.on('data', (bytes) => {
    connection.text += bytes.toString('latin1')
    changed(connection)
  })
  socket.on('end', () => end('fin'))
  socket.on('error', (error: NodeJS.ErrnoException) => end(error.code ?? 'error'))
  socket.on('close', () => end('close'))
  return connection
}

/** Resolves when `holds` is true of a connection, or of any when one is added. */
export class Watched {
  readonly all: RawConnection[] = []
  #waiting: (() => void)[] = []

  add(socket: Socket, changed: (connection: RawConnection) => void = () => undefined) {
    const connection = recorded(socket, (one) => {
      changed(one)
      for (const wake of this.#waiting.splice(0)) wake()
    })
    this.all.push(connection)
    return connection
  }

  /** Resolves to the first value of `find` that is not undefined. */
  async until<T>(find: () => T | undefined): Promise<T> {
    for (;;) {
      const found = find()
      if (found !== undefined) return found
      await new Promise<void>((resolve) => this.#waiting.push(resolve))
    }
  }
}

export type RawOrigin = Awaited<ReturnType<typeof rawOrigin>>

/** Starts an origin whose `answer` is called once for each request whose head has arrived. */
export async function rawOrigin() {
  const watched = new Watched()
  const origin = {
    url: '',
    /** The connections, in order. */
    all: watched.all,
    until: watched.until.bind(watched),
    answer: (_: RawConnection, _head: string): void => undefined,
    /** Forgets all connections. */
    reset(): void {
      for (const { socket } of watched.all.splice(0)) socket.destroy()
      origin.answer = () => undefined
    },
    end: () => new Promise((resolve) => server.close(resolve)),
  }
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    let heads = 0
    watched.add(socket, (connection) => {
      const found = connection.text.match(/^[A-Z]+ \/\S* HTTP\/1\.1\r\n[\s\S]*?\r\n\r\n/gm) ?? []
      for (const head of found.slice(heads)) {
        heads += 1
        origin.answer(connection, head)
      }
      if (connection.ended === 'fin') socket.end()
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  origin.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return origin
}

/** Opens a connection to a URL's port and writes `text`. */
export function rawClient(url: string, text: string) {
  const { port, hostname } = new URL(url)
  const watched = new Watched()
  const connection = watched.add(connect(Number(port), hostname))
  connection.socket.write(Buffer.from(text, 'latin1'))
  return {
    connection,
    /** Resolves when the platform has taken the bytes, or the connection is lost. */
    write: (more: string) =>
      new Promise<void>((resolve) =>
        connection.socket.write(Buffer.from(more, 'latin1'), () => resolve()),
      ),
    /** Resolves to the answer as soon as it matches. */
    answered: (pattern: RegExp) =>
      watched.until(() => (pattern.test(connection.text) ? connection.text : undefined)),
    /** Resolves to the first value that `find` has for the connection. */
    until: <T>(find: (connection: RawConnection) => T | undefined) =>
      watched.until(() => find(connection)),
    /** Resolves to all that came, when the other end has ended the connection. */
    ended: () => watched.until(() => (connection.ended === null ? undefined : connection.text)),
    /** Ends the connection with a reset, which the platform notices at once. */
    reset: () => connection.socket.resetAndDestroy(),
  }
}

/** A chunk of a chunked body (RFC 9112 section 7.1). */
export const chunk = (length: number, filler = 'x') =>
  `${length.toString(16)}\r\n${filler.repeat(length)}\r\n`

/** Whether a request's chunked body has ended as a whole body does. */
export const hasLastChunk = (text: string) => text.endsWith('\r\n0\r\n\r\n')
