/**
 * The heartbeats of an isolate: what it tells the objects of accounts in the background, and what
 * it hears from them. No warm request waits for an object, but for limits that are strict.
 * See docs/decisions/0040.
 */
import type { Change, Verdict } from '../../contract/heartbeat.ts'
import { Problem } from '../../http/problem.ts'
import { logError } from '../../lib/log.ts'
import { createSampler } from '../../lib/sampler.ts'
import type { Eventually } from '../../lib/when.ts'
import type { Limit } from '../../limits/limit.ts'
import type { Counted } from '../../limits/windows.ts'
import type { Env, WaitUntil } from '../env.ts'
import {
  addUse,
  createHeart,
  type Heart,
  hasNews,
  isBusy,
  nextReport,
  type UseOf,
} from './heart.ts'
import { askHeart } from './object.ts'

/** How heartbeats are paced. */
export interface HeartbeatTimes {
  /** The pause between two heartbeats of an account, in milliseconds. */
  pauseMs: number
  /** How long an isolate counts alone while an object does not answer, in milliseconds. */
  aloneMs: number
}

/** The most accounts that an isolate remembers. Those without news go first. */
const MAX_HEARTS = 10_000
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

export type Hearts = ReturnType<typeof createHearts>

/**
 * Creates the hearts of an isolate. `onChanges` is told what has changed for an account; null: it
 * may be anything.
 */
export function createHearts(
  { pauseMs, aloneMs }: HeartbeatTimes,
  onChanges: (accountId: string, changes: readonly Change[] | null) => void,
) {
  const hearts = new Map<string, Heart>()
  const sample = createSampler(LOG_EVERY_MS)

  function heartOf(owner: string): Heart {
    const known = hearts.get(owner)
    if (known !== undefined) return known
    if (hearts.size >= MAX_HEARTS) makeRoom()
    const heart = createHeart(owner)
    hearts.set(owner, heart)
    return heart
  }

  /** Forgets the oldest tenth of the accounts, and of these those last that have news. */
  function makeRoom(): void {
    const some = [...hearts.values()].slice(0, MAX_HEARTS / 10)
    const quiet = some.filter((heart) => !hasNews(heart) && !isBusy(heart, Date.now()))
    for (const { owner } of quiet.length > 0 ? quiet : some) hearts.delete(owner)
  }

  function learn(heart: Heart, verdict: Verdict, limits: readonly Limit[], askedAt: number): void {
    heart.windows.learn(verdict.windows, limits, askedAt, Date.now())
    heart.failingSince = null
    heart.failures = 0
    // An answer that was overtaken knows of no change that the other one did not tell.
    if (verdict.epoch < (heart.epoch ?? 0)) return
    heart.epoch = verdict.epoch
    if (verdict.changes === null || verdict.changes.length > 0)
      onChanges(heart.owner, verdict.changes)
  }

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
      heart.unconfirmed = null
      learn(heart, verdict, [], askedAt)
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

  /** Asks the object about one request, whose limits are not full as far as is known here. */
  async function takeStrict(
    env: Env,
    heart: Heart,
    limits: readonly Limit[],
    now: number,
  ): Promise<Counted> {
    const verdict = await askHeart(env, heart.owner, (object) =>
      object.take(limits, now, heart.epoch),
    )
    learn(heart, verdict, limits, now)
    const counted = heart.windows.look(limits, now)
    return { ...counted, admitted: verdict.admitted }
  }

  return {
    /**
     * Counts one request of an account against all `limits`, or against none if one of them is
     * full: at once if all are fast, and by the account's object if one is strict. Throws
     * `service_unavailable` if that object does not answer; for fast limits only if it has not
     * answered for as long as the config says. `now` is epoch milliseconds.
     */
    take(
      env: Env,
      accountId: string,
      limits: readonly Limit[],
      now: number,
      waitUntil: WaitUntil,
    ): Eventually<Counted> {
      const heart = heartOf(accountId)
      if (limits.some(({ isStrict }) => isStrict)) {
        const known = heart.windows.look(limits, now)
        return known.admitted ? takeStrict(env, heart, limits, now) : known
      }
      if (heart.failingSince !== null && now >= heart.failingSince + aloneMs) {
        heart.isWanted = true
        stir(env, heart, false, waitUntil)
        throw alone()
      }
      return heart.windows.take(limits, now)
    },

    /** Tells the object of the requests that `take` has let through, soon or at once. */
    beat(env: Env, accountId: string, limits: readonly Limit[], waitUntil: WaitUntil): void {
      const heart = hearts.get(accountId)
      if (heart !== undefined) stir(env, heart, heart.windows.isUrgent(limits), waitUntil)
    },

    /** Records one use, by an account or by a payer. It reaches the object with a heartbeat. */
    recordUse(env: Env, owner: string, use: UseOf, now: number, waitUntil: WaitUntil): void {
      const heart = heartOf(owner)
      addUse(heart, use, now)
      stir(env, heart, false, waitUntil)
    },

    /**
     * Tells the object what has changed, so that other isolates hear of it with their next
     * heartbeat. Never rejects: the change is in D1, and leases bound how long it can be unknown.
     */
    async tell(env: Env, accountId: string, change: Change): Promise<void> {
      const heart = heartOf(accountId)
      const askedAt = Date.now()
      try {
        const verdict = await askHeart(env, accountId, (object) =>
          object.changed(change, heart.epoch),
        )
        learn(heart, verdict, [], askedAt)
      } catch (error) {
        logError('change_not_told', error)
      }
    },

    /**
     * Writes to D1 what this isolate and the object know of an account's use. Throws
     * `service_unavailable` if the object or D1 does not answer.
     */
    async flush(env: Env, accountId: string, waitUntil: WaitUntil): Promise<void> {
      const heart = heartOf(accountId)
      if (hasNews(heart) && Date.now() >= heart.sendingUntil) await send(env, heart)
      stir(env, heart, false, waitUntil)
      await askHeart(env, accountId, (object) => object.flush())
    },
  }
}

function alone(): Problem {
  return new Problem('service_unavailable', {
    headers: { 'retry-after': '1' },
    cause: new Error("the account's object has not answered for too long"),
  })
}
