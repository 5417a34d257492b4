/**
 * Keeps a WebSocket open only while the credential that opened it is valid.
 * See docs/decisions/0037.
 */
import type { BodyEnd } from './pump.ts'
import type { Watch, WatchEnd } from './watch.ts'

/** A close: its code (RFC 6455 section 7.4.1) and its reason. */
type Close = readonly [code: number, reason: string]

const WATCH_CLOSES: Record<WatchEnd, Close> = {
  revoked: [1008, 'credential revoked'],
  unverified: [1013, 'the credential cannot be verified now'],
}

/**
 * Closes for the other side when one side's connection is lost without a close (RFC 6455 section
 * 7.4.1). A clean close would look like the end of the work, and clients would not reconnect.
 */
const CALLER_LOST: Close = [1001, 'the caller was lost']
const ORIGIN_LOST: Close = [1014, 'the origin was lost']

/** The codes of a close event whose connection broke: none was sent, or TLS failed. */
const ABNORMAL = new Set([1006, 1015])

/**
 * The most that one side may send at once, and in each second. The platform neither slows a sender
 * down nor tells what waits for a slow reader, so what may wait is bounded by what was sent.
 */
const BURST_BYTES = 16_777_216
const BYTES_PER_S = 1_048_576
/** The least that a message counts, in bytes: empty messages that wait take memory too. */
const MESSAGE_BYTES = 128
const OVERRUN: Close = [1008, 'more than 16 MiB at once and 1 MiB a second']

/** A socket for the caller. `ended` resolves when it is closed: `whole` if by one of the sides. */
export interface GuardedSocket {
  socket: WebSocket
  ended: Promise<BodyEnd>
}

/**
 * Connects an origin's socket to a new socket, which is returned for the caller. Both are closed as
 * soon as the credential is no longer valid, or when a side sends more than may wait.
 */
export function guardedSocket(origin: WebSocket, watch: Watch): GuardedSocket {
  const pair = new WebSocketPair()
  const [caller, ours] = [pair[0], pair[1]]
  const sockets = [ours, origin]
  const { promise: ended, resolve } = Promise.withResolvers<BodyEnd>()
  const timer = setInterval(() => {
    const reason = watch.check()
    if (reason !== null) closeBoth(WATCH_CLOSES[reason], reason)
  }, watch.everyMs)

  function end(how: BodyEnd): void {
    clearInterval(timer)
    watch.stop()
    resolve(how)
  }
  function closeBoth(close: Close, how: BodyEnd): void {
    end(how)
    for (const socket of sockets) closeSocket(socket, ...close)
  }
  function join(from: WebSocket, to: WebSocket, lost: Close, lostEnd: BodyEnd): void {
    const mayPass = createBucket()
    from.binaryType = 'arraybuffer'
    from.addEventListener('message', ({ data }: { data: string | ArrayBuffer }) => {
      if (to.readyState !== WebSocket.OPEN) return
      if (mayPass(countedBytes(data))) to.send(data)
      else closeBoth(OVERRUN, 'too_large')
    })
    from.addEventListener('close', ({ code, reason }) => {
      const isClean = !ABNORMAL.has(code) && closeSocket(to, code, reason)
      end(isClean ? 'whole' : lostEnd)
      if (isClean) closeSocket(from, code, reason)
      else closeSocket(to, ...lost)
    })
    from.addEventListener('error', () => {
      end(lostEnd)
      closeSocket(to, ...lost)
    })
  }

  join(ours, origin, CALLER_LOST, 'receiver')
  join(origin, ours, ORIGIN_LOST, 'sender')
  // Accepted last, so that no message arrives before its listener is there.
  for (const socket of sockets) socket.accept()
  return { socket: caller, ended }
}

/** Returns the bytes that a message counts. */
export function countedBytes(data: string | ArrayBuffer): number {
  if (typeof data !== 'string') return Math.max(MESSAGE_BYTES, data.byteLength)
  // A character beyond ASCII is up to three bytes of UTF-8.
  return Math.max(MESSAGE_BYTES, data.length * (/[^\0-\x7f]/.test(data) ? 3 : 1))
}

/** Returns a token bucket: whether a message of this many bytes may pass now. */
function createBucket(): (bytes: number) => boolean {
  let left = BURST_BYTES
  let at = Date.now()
  return (bytes) => {
    const now = Date.now()
    left = Math.min(BURST_BYTES, left + ((now - at) / 1_000) * BYTES_PER_S) - bytes
    at = now
    return left >= 0
  }
}

/**
 * Closes a socket that is not closed yet. 1005 reports a close without a code. Returns false if the
 * platform refuses: for a code that no peer may send (1004, 5000), or a reason that was no UTF-8
 * and has become too long. An open socket then stays open.
 */
function closeSocket(socket: WebSocket, code: number, reason: string): boolean {
  if (socket.readyState !== WebSocket.OPEN && socket.readyState !== WebSocket.CLOSING) return true
  try {
    if (code === 1005) socket.close()
    else socket.close(code, reason)
    return true
  } catch {
    return false
  }
}
