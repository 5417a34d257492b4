/**
 * Keeps a stream or socket open only while the credential that opened it is valid.
 * See docs/decisions/0004.
 */

export interface Watch {
  /** Whether the credential is still valid. False or a rejection ends the stream or socket. */
  stillValid: () => Promise<boolean>
  /** The pause between an answer and the next question, in milliseconds. */
  everyMs: number
}

/**
 * The stream unchanged, but it errors as soon as the credential is no longer valid, and `body` is
 * cancelled. Written without `pipeTo`, because `pipeTo` may look at its signal only between two
 * chunks, and a stream may be silent for long.
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
          reader.cancel(reason).catch(() => undefined) // rejects if the origin breaks off meanwhile
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

/** The close code of a revoked credential (RFC 6455 section 7.4.1). */
const POLICY_VIOLATION = 1008

/**
 * Connects an origin's socket to a new socket, which is returned for the caller. Both are closed as
 * soon as the credential is no longer valid.
 */
export function guardedSocket(origin: WebSocket, watch: Watch): WebSocket {
  const pair = new WebSocketPair()
  const [caller, ours] = [pair[0], pair[1]]
  const sockets = [ours, origin]
  const stop = startWatch(watch, () => {
    for (const socket of sockets) close(socket, POLICY_VIOLATION, 'credential revoked')
  })
  join(ours, origin, CALLER_LOST, stop)
  join(origin, ours, ORIGIN_LOST, stop)
  // Accepted last, so that no message arrives before its listener is there.
  for (const socket of sockets) socket.accept()
  return caller
}

/**
 * Closes for the other side when one side's connection is lost without a close (RFC 6455 section
 * 7.4.1). A clean close would look like the end of the work, and clients would not reconnect.
 */
const CALLER_LOST = [1001, 'the caller was lost'] as const
const ORIGIN_LOST = [1014, 'the origin was lost'] as const

/** The codes of a close event whose connection broke: none was sent, or TLS failed. */
const ABNORMAL = new Set([1006, 1015])

function join(
  from: WebSocket,
  to: WebSocket,
  lost: readonly [code: number, reason: string],
  stop: () => void,
): void {
  from.binaryType = 'arraybuffer'
  from.addEventListener('message', ({ data }) => {
    if (to.readyState === WebSocket.OPEN) to.send(data)
  })
  from.addEventListener('close', ({ code, reason }) => {
    stop()
    if (ABNORMAL.has(code)) return close(to, ...lost)
    close(to, code, reason)
    close(from, code, reason)
  })
  from.addEventListener('error', () => {
    stop()
    close(to, ...lost)
  })
}

/** Closes a socket that is not closed yet. 1005 reports a close without a code. */
function close(socket: WebSocket, code: number, reason: string): void {
  if (socket.readyState !== WebSocket.OPEN && socket.readyState !== WebSocket.CLOSING) return
  try {
    if (code === 1005) socket.close()
    else socket.close(code, reason)
  } catch {
    // The socket was closed already.
  }
}

/**
 * Asks `stillValid` every `everyMs`, one question at a time. Calls `end` once if the answer is no.
 * The returned function stops the watch.
 */
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
