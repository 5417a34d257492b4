/**
 * The pulse of an isolate: when it sends what to the object of an account. One report of an account
 * is on its way at a time, and what happens meanwhile goes with the next one.
 */
import type { HeartVerdict } from '../../contract/heartbeat.ts'
import { logError } from '../../lib/log.ts'
import { createSampler } from '../../lib/sampler.ts'
import type { Env, WaitUntil } from '../env.ts'
import { type Heart, hasNews, nextReport } from './heart.ts'
import { askHeart } from './object.ts'

/** A report that has only uses waits for so many pauses, because no limit depends on it. */
const USE_PAUSES = 4
/** The longest pause after a failure, in milliseconds. */
const MAX_BACKOFF_MS = 5_000
/** How long one request goes on with heartbeats. The platform ends it after 30 s. */
const DRAIN_MS = 22_000
/** A heartbeat whose request has died with it is forgotten after this time, in milliseconds. */
const LOST_AFTER_MS = 5_000
/** The shortest time between two lines about objects that do not answer, in milliseconds. */
const LOG_EVERY_MS = 10_000

/**
 * Creates the pulse. `pauseMs` is the pause between two heartbeats of an account; `onAnswer` gets
 * each answer of an object, with the time at which it was asked for.
 */
export function createPulse(
  pauseMs: number,
  onAnswer: (heart: Heart, verdict: HeartVerdict, askedAt: number) => void,
) {
  const sample = createSampler(LOG_EVERY_MS)

  /** Notes that an object did not answer. */
  function miss(heart: Heart, error: unknown): void {
    const now = Date.now()
    heart.failingSince ??= now
    heart.failures += 1
    const backoffMs = Math.min(MAX_BACKOFF_MS, pauseMs * 2 ** heart.failures)
    heart.retryAt = now + backoffMs
    if (sample('heartbeat_failed', now) !== null) logError('heartbeat_failed', error)
  }

  /** Sends one report. Returns whether the object has taken it. */
  async function send(env: Env, heart: Heart): Promise<boolean> {
    const askedAt = Date.now()
    heart.unconfirmed ??= nextReport(heart, askedAt)
    const report = heart.unconfirmed
    heart.sendingUntil = askedAt + LOST_AFTER_MS
    try {
      const verdict = await askHeart(env, heart.owner, (object) => object.heartbeat(report))
      // The answer may be that to a repetition, and the next report be on its way already.
      if (heart.unconfirmed === report) heart.unconfirmed = null
      heart.failingSince = null
      heart.failures = 0
      onAnswer(heart, verdict, askedAt)
      return true
    } catch (error) {
      miss(heart, error)
      return false
    } finally {
      heart.sendingUntil = 0
      heart.sentAt = askedAt
    }
  }

  /** Sends reports until there is no news, or until another request has taken over. */
  async function drain(env: Env, heart: Heart, delayMs: number): Promise<void> {
    heart.drain += 1
    const { drain } = heart
    const endsAt = Date.now() + DRAIN_MS
    let waitMs = delayMs
    while (true) {
      if (waitMs > 0) await scheduler.wait(waitMs)
      if (drain !== heart.drain || Date.now() < heart.sendingUntil) return
      heart.waitingUntil = 0
      const isTaken = await send(env, heart)
      const now = Date.now()
      const isOver = now >= endsAt
      if (drain !== heart.drain || !hasNews(heart) || (isOver && !isTaken)) return
      waitMs = pauseFor(heart, now)
      // At the end of its time, this request lets the next one take over while it waits.
      heart.waitingUntil = isOver ? 0 : now + waitMs + LOST_AFTER_MS
    }
  }

  /** How long news of an account waits from now, in milliseconds. */
  function pauseFor(heart: Heart, now: number): number {
    if (heart.failures > 0) return Math.max(0, heart.retryAt - now)
    const pauses = heart.unconfirmed !== null || heart.windows.hasNews() ? 1 : USE_PAUSES
    return Math.max(0, heart.sentAt + pauses * pauseMs - now)
  }

  /** Sees to it that news reaches the object: now if it is urgent, else after the usual pause. */
  function stir(env: Env, heart: Heart, isUrgent: boolean, waitUntil: WaitUntil): void {
    const now = Date.now()
    if (now < heart.sendingUntil || !hasNews(heart)) return
    const isNow = isUrgent && heart.failures === 0
    if (!isNow && now < heart.waitingUntil) return
    const delayMs = isNow ? 0 : pauseFor(heart, now)
    heart.waitingUntil = now + delayMs + LOST_AFTER_MS
    waitUntil(drain(env, heart, delayMs))
  }

  return { send, stir }
}
