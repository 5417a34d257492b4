/** Streams and sockets that stay open only as long as the credential that opened them holds. */

export interface Watch {
  /** Asked again and again; false ends the stream. */
  stillValid: () => Promise<boolean>
  everyMs: number
}

/**
 * The stream as it is, broken off when the credential no longer holds. By hand: `pipeTo` may look at its
 * signal only between two chunks, and a stream may be silent for long.
 */
export function guardedStream(body: ReadableStream, watch: Watch): ReadableStream {
  const reader = body.getReader()
  let stop = () => {}
  return new ReadableStream(
    {
      start(controller) {
        stop = startWatch(watch, () => {
          const reason = new Error('the credential was revoked')
          controller.error(reason)
          reader.cancel(reason).catch(() => undefined) // the origin broke off at the same time
        })
      },
      async pull(controller) {
        const { done, value } = await reader.read().catch((error) => {
          stop()
          throw error
        })
        if (!done) return controller.enqueue(value)
        stop()
        controller.close()
      },
      cancel(reason) {
        stop()
        return reader.cancel(reason)
      },
    },
    { highWaterMark: 0 },
  )
}

/** Close code for "you may no longer": RFC 6455 section 7.4.1, policy violation. */
const POLICY_VIOLATION = 1008

/** Joins an origin's socket to a new one for the caller, and closes both when the credential no longer holds. */
export function guardedSocket(origin: WebSocket, watch: Watch): WebSocket {
  const pair = new WebSocketPair()
  const [caller, ours] = [pair[0], pair[1]]
  const sockets = [ours, origin]
  const stop = startWatch(watch, () => {
    for (const socket of sockets) close(socket, POLICY_VIOLATION, 'credential revoked')
  })
  join(ours, origin, stop)
  join(origin, ours, stop)
  // Accepted last, so that no message comes before there is somebody to hear it.
  for (const socket of sockets) socket.accept()
  return caller
}

function join(from: WebSocket, to: WebSocket, stop: () => void): void {
  from.binaryType = 'arraybuffer'
  from.addEventListener('message', ({ data }) => {
    if (to.readyState === WebSocket.OPEN) to.send(data)
  })
  from.addEventListener('close', ({ code, reason }) => {
    stop()
    close(to, code, reason)
    close(from, code, reason)
  })
  from.addEventListener('error', () => {
    stop()
    close(to, 1011, 'the other side failed')
  })
}

/** Closes a socket if it is open. Codes that only stand for "none" or "broken" cannot be sent. */
function close(socket: WebSocket, code: number, reason: string): void {
  if (socket.readyState !== WebSocket.OPEN && socket.readyState !== WebSocket.CLOSING) return
  try {
    if (code === 1005 || code === 1006 || code === 1015) socket.close()
    else socket.close(code, reason)
  } catch {
    // It was closed already.
  }
}

/** Asks every `everyMs`, one question at a time, until told to stop or the answer is no. */
function startWatch(watch: Watch, end: () => void): () => void {
  let stopped = false
  let timer: number | null = null
  const ask = async () => {
    const valid = await watch.stillValid().catch(() => false)
    if (stopped) return
    if (valid) timer = setTimeout(ask, watch.everyMs)
    else end()
  }
  timer = setTimeout(ask, watch.everyMs)
  return () => {
    stopped = true
    clearTimeout(timer)
  }
}
