/**
 * The pulse of an isolate: when it sends what to an object. One report for an object is on its way
 * at a time, and what happens meanwhile goes with the next one.
 */
import { logError } from '../../lib/log.ts'
import { createSampler } from '../../lib/sampler.ts'
import type { Env, WaitUntil } from '../env.ts'

/** The longest pause after a failure, in milliseconds. */
const MAX_BACKOFF_MS = 5_000
/** How long one request goes on with heartbeats. The platform ends it after 30 s. */
const DRAIN_MS = 22_000
/**
 * How many heartbeats one request sends. The platform allows an invocation 50 subrequests on its
 * free plan, and the request itself has made some.
 */
const MAX_SENDS = 40
/** A heartbeat whose request has died with it is forgotten after this time, in milliseconds. */
const LOST_AFTER_MS = 5_000
/** The shortest time between two lines about objects that do not answer, in milliseconds. */
const LOG_EVERY_MS = 10_000

/** How far the exchange with one object is. Times are epoch milliseconds. */
export interface Beat {
  /** Until then a report is on its way. */
  sendingUntil: number
  /** Until then a request waits to send the next one. */
  waitingUntil: number
  /** When the last report was sent. */
  sentAt: number
  /** The number of the request that sends reports. A later one takes over. */
  drain: number
  /** Since when the object has not answered; null: it has answered last. */
  failingSince: number | null
  failures: number
  /** Not before then is the object asked again after a failure. */
  retryAt: number
}

/** Returns an exchange that has not begun. */
export const newBeat = (): Beat => ({
  sendingUntil: 0,
  waitingUntil: 0,
  sentAt: 0,
  drain: 0,
  failingSince: null,
  failures: 0,
  retryAt: 0,
})

/** Whether a request of this isolate is about to tell the object. */
export function isBusy({ sendingUntil, waitingUntil }: Beat, now: number): boolean {
  return now < sendingUntil || now < waitingUntil
}

/** Whether an object has not answered for longer than isolates may count without it. */
export function isAlone({ failingSince, retryAt }: Beat, aloneMs: number, now: number): boolean {
  // A failure of long ago says nothing.
  return failingSince !== null && now >= failingSince + aloneMs && now < retryAt + aloneMs
}

/** The exchange with one kind of object. */
export interface ReportExchange<B extends Beat> {
  /** The pause between two reports, in milliseconds. */
  pauseMs: number
  /** Whether the object is yet to hear something. */
  hasNews: (beat: B) => boolean
  /** For how many pauses the news may wait. */
  pauses: (beat: B) => number
  /** Sends one report and takes over the answer. Rejects if the object does not answer. */
  send: (env: Env, beat: B, askedAt: number) => Promise<void>
}

export type Pulse<B extends Beat> = ReturnType<typeof createPulse<B>>

/** Creates the pulse of one kind of object. */
export function createPulse<B extends Beat>({ pauseMs, ...exchange }: ReportExchange<B>) {
  const sample = createSampler(LOG_EVERY_MS)

  /** Notes that an object did not answer. */
  function miss(beat: B, error: unknown): void {
    const now = Date.now()
    beat.failingSince ??= now
    beat.failures += 1
    const backoffMs = Math.min(MAX_BACKOFF_MS, pauseMs * 2 ** beat.failures)
    beat.retryAt = now + backoffMs
    if (sample('heartbeat_failed', now) !== null) logError('heartbeat_failed', error)
  }

  /** Notes that an object has answered. */
  function hit(beat: B): void {
    beat.failingSince = null
    beat.failures = 0
  }

  /** Sends one report. Returns whether the object has taken it. */
  async function send(env: Env, beat: B): Promise<boolean> {
    const askedAt = Date.now()
    beat.sendingUntil = askedAt + LOST_AFTER_MS
    try {
      await exchange.send(env, beat, askedAt)
      hit(beat)
      return true
    } catch (error) {
      miss(beat, error)
      return false
    } finally {
      beat.sendingUntil = 0
      beat.sentAt = askedAt
    }
  }

  /** Sends reports until there is no news, or until another request has taken over. */
  async function drain(env: Env, beat: B, delayMs: number): Promise<void> {
    beat.drain += 1
    const { drain } = beat
    const endsAt = Date.now() + DRAIN_MS
    let waitMs = delayMs
    for (let sends = 1; ; sends++) {
      if (waitMs > 0) await scheduler.wait(waitMs)
      if (drain !== beat.drain) return
      beat.waitingUntil = 0
      // Another request sends, and looks for news after that.
      if (Date.now() < beat.sendingUntil) return
      const isTaken = await send(env, beat)
      const now = Date.now()
      const isOver = now >= endsAt || sends >= MAX_SENDS
      if (drain !== beat.drain || !exchange.hasNews(beat) || (isOver && !isTaken)) return
      waitMs = pauseFor(beat, now)
      // At the end of its time, this request lets the next one take over while it waits.
      beat.waitingUntil = isOver ? 0 : now + waitMs + LOST_AFTER_MS
    }
  }

  /** How long news waits from now, in milliseconds. */
  function pauseFor(beat: B, now: number): number {
    if (beat.failures > 0) return Math.max(0, beat.retryAt - now)
    return Math.max(0, beat.sentAt + exchange.pauses(beat) * pauseMs - now)
  }

  /** Sees to it that news reaches the object: now if it is urgent, else after the usual pause. */
  function stir(env: Env, beat: B, isUrgent: boolean, waitUntil: WaitUntil): void {
    const now = Date.now()
    if (now < beat.sendingUntil || !exchange.hasNews(beat)) return
    const isNow = isUrgent && beat.failures === 0
    if (!isNow && now < beat.waitingUntil) return
    const delayMs = isNow ? 0 : pauseFor(beat, now)
    beat.waitingUntil = now + delayMs + LOST_AFTER_MS
    waitUntil(drain(env, beat, delayMs))
  }

  return { send, stir, miss, hit }
}
