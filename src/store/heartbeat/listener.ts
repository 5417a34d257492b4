/**
 * Listens for the changes of an account while answers are open. The isolate has one socket to the
 * account's object, which belongs to the request of one open answer, because I/O belongs to a
 * request on this platform. When that answer ends or its request is late, another one opens the
 * next socket.
 * See docs/decisions/0050.
 */
import { LISTENER_PING, LISTENER_PONG, type News } from '../../contract/heartbeat.ts'
import { logError } from '../../lib/log.ts'
import type { Env } from '../env.ts'
import type { Listener } from '../leases/changes.ts'
import type { Heart, Link } from './heart.ts'

/** A socket without an answer is given up after so many times `lateMs`. */
const LOST_AFTER = 3
/** The longest pause after sockets that could not be opened, in milliseconds. */
const MAX_BACKOFF_MS = 30_000

/**
 * Starts to listen, for one open answer. `hear` takes over news; `askedAt` is when the question
 * was asked that they answer, 0 if the object has sent them unasked.
 */
export function createListener(
  env: Env,
  heart: Heart,
  lateMs: number,
  hear: (news: News, askedAt: number) => void,
): Listener {
  let own: Link | null = null
  let isOver = false
  heart.listeners += 1

  /** Gives a socket up. Only its owner can close it. */
  function drop(link: Link): void {
    if (heart.link === link) heart.link = null
    if (own !== link) return
    own = null
    closeSocket(link.socket)
  }

  function lose(link: Link, now: number): void {
    if (heart.link === link) {
      heart.linkFailures += 1
      heart.linkRetryAt = now + Math.min(MAX_BACKOFF_MS, lateMs * 2 ** heart.linkFailures)
    }
    drop(link)
  }

  function receive(link: Link, message: string): void {
    if (heart.link !== link) {
      drop(link)
      return
    }
    const askedAt = link.pingedAt
    if (message === LISTENER_PONG) {
      heart.knownUntil = Math.max(heart.knownUntil, askedAt)
      link.pingedAt = 0
      return
    }
    const isFirst = !link.hasNews
    hear(JSON.parse(message) as News, isFirst ? askedAt : 0)
    if (!isFirst) return
    link.hasNews = true
    link.pingedAt = 0
    heart.linkFailures = 0
  }

  async function open(link: Link): Promise<void> {
    const query = heart.epoch === null ? '' : `?epoch=${heart.epoch}`
    const headers = { upgrade: 'websocket' }
    const object = env.ACCOUNTS.getByName(heart.owner)
    const { webSocket } = await object.fetch(`https://account/changes${query}`, { headers })
    if (webSocket === null) throw new Error("the account's object opens no socket")
    if (own !== link) {
      webSocket.accept()
      return closeSocket(webSocket)
    }
    link.socket = webSocket
    webSocket.addEventListener('message', ({ data }) => receive(link, String(data)))
    for (const end of ['close', 'error'] as const)
      webSocket.addEventListener(end, () => lose(link, Date.now()))
    webSocket.accept()
  }

  function start(now: number): void {
    const link: Link = { pingedAt: now, dueSince: 0, hasNews: false }
    heart.link = link
    own = link
    open(link).catch((error) => {
      if (own === link) logError('listening_failed', error)
      lose(link, Date.now())
    })
  }

  /** Asks whether this isolate knows all changes. */
  function ping(link: Link, now: number): void {
    link.dueSince = 0
    link.pingedAt = now
    try {
      link.socket?.send(LISTENER_PING)
    } catch {
      lose(link, now)
    }
  }

  return {
    keep(now) {
      if (own !== null && heart.link !== own) drop(own)
      const { link } = heart
      if (link === null) {
        if (now < heart.linkRetryAt) return false
        start(now)
        return true
      }
      if (link.pingedAt > 0) {
        const waitedMs = now - link.pingedAt
        if (waitedMs >= lateMs * LOST_AFTER) lose(link, now)
        return waitedMs < lateMs
      }
      if (link === own) {
        ping(link, now)
        return true
      }
      // Its owner pings it at its next check, unless its request has died.
      if (link.dueSince === 0) link.dueSince = now
      const waitedMs = now - link.dueSince
      if (waitedMs >= lateMs * 2) start(now)
      return waitedMs < lateMs
    },

    stop() {
      if (isOver) return
      isOver = true
      heart.listeners -= 1
      if (own !== null) drop(own)
    },
  }
}

function closeSocket(socket: WebSocket | undefined): void {
  try {
    socket?.close(1000)
  } catch {
    // The socket was closed already.
  }
}
