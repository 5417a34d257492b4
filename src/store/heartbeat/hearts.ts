/**
 * The heartbeats of an isolate: what it tells the objects of accounts in the background, and what
 * it hears from them. No warm request waits for an object, but for limits that are strict.
 * See docs/decisions/0040.
 */
import type { Change, HeartVerdict, LatelyUsed, News } from '../../contract/heartbeat.ts'
import { logError } from '../../lib/log.ts'
import type { Eventually } from '../../lib/when.ts'
import type { Limit } from '../../limits/limit.ts'
import type { Counted } from '../../limits/windows.ts'
import type { Env, WaitUntil } from '../env.ts'
import type { Listener } from '../leases/changes.ts'
import {
  addUntold,
  addUse,
  bytesOfHeart,
  createHeart,
  type Heart,
  hasNews,
  nextReport,
  type UseOf,
} from './heart.ts'
import { createListener } from './listener.ts'
import { askHeart, unavailable } from './object.ts'
import { createPulse, isAlone, isBusy } from './pulse.ts'

/** How heartbeats are paced. */
export interface HeartbeatTimes {
  /** The pause between two heartbeats of an account, in milliseconds. */
  pauseMs: number
  /** How long an isolate counts alone while an object does not answer, in milliseconds. */
  aloneMs: number
}

/** A report that has only uses waits for so many pauses, because no limit depends on it. */
const USE_PAUSES = 4
/** The most bytes of accounts that an isolate remembers. Accounts without news go first. */
const MAX_BYTES = 8_388_608
/** The bytes that are free when accounts have made room. */
const ROOM_BYTES = MAX_BYTES / 10

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
  /** The estimate of each of them by `bytesOfHeart`, and the sum. */
  const sizes = new Map<Heart, number>()
  let bytes = 0

  function heartOf(owner: string): Heart {
    const known = hearts.get(owner)
    if (known !== undefined) return known
    const heart = createHeart(owner)
    hearts.set(owner, heart)
    sizes.set(heart, 0)
    measure(heart)
    return heart
  }

  /** Takes over the size of a heart that has news, or has told them. */
  function measure(heart: Heart): void {
    const before = sizes.get(heart)
    if (before === undefined) return // it was forgotten while its report was on its way
    const now = bytesOfHeart(heart)
    sizes.set(heart, now)
    bytes += now - before
    if (bytes > MAX_BYTES) makeRoom(heart)
  }

  function forget(heart: Heart): void {
    bytes -= sizes.get(heart) ?? 0
    sizes.delete(heart)
    hearts.delete(heart.owner)
  }

  /** Forgets the oldest accounts but `kept`: of those with news only if the others do not do. */
  function makeRoom(kept: Heart): void {
    const all = [...hearts.values()].filter((heart) => heart !== kept && heart.listeners === 0)
    const quiet = all.filter((heart) => !hasNews(heart) && !isBusy(heart, Date.now()))
    forgetSome(quiet)
    if (bytes > MAX_BYTES) forgetSome(all)
  }

  function forgetSome(some: readonly Heart[]): void {
    for (const heart of some) if (bytes > MAX_BYTES - ROOM_BYTES) forget(heart)
  }

  const pulse = createPulse<Heart>({
    pauseMs,
    hasNews,
    pauses: ({ unconfirmed, windows }) =>
      unconfirmed !== null || windows.hasNews() ? 1 : USE_PAUSES,
    async send(env, heart, askedAt) {
      heart.unconfirmed ??= nextReport(heart, askedAt)
      const report = heart.unconfirmed
      const sent = { ...report, heldMs: askedAt - report.at }
      const verdict = await askHeart(env, heart.owner, (object) => object.heartbeat(sent))
      // The answer may be that to a repetition, and the next report be on its way already.
      if (heart.unconfirmed === report) heart.unconfirmed = null
      measure(heart)
      learn(heart, verdict, [], askedAt)
    },
  })

  function learn(
    heart: Heart,
    verdict: HeartVerdict,
    limits: readonly Limit[],
    askedAt: number,
  ): void {
    heart.windows.learn(verdict.windows, limits, askedAt, Date.now())
    hear(heart, verdict, askedAt)
  }

  /** Takes over what the object knew of changes when it was asked; 0: nobody has asked it. */
  function hear(heart: Heart, { epoch, changes }: News, askedAt: number): void {
    // An answer that was overtaken knows of no change that the other one did not tell.
    if (changes !== null && epoch < (heart.epoch ?? 0)) return
    heart.epoch = epoch
    if (changes === null || changes.length > 0) onChanges(heart.owner, changes)
    heart.knownUntil = Math.max(heart.knownUntil, askedAt)
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
    const counted = heart.windows.look(limits, Date.now())
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
      if (isAlone(heart, aloneMs, now)) {
        heart.isWanted = true
        pulse.stir(env, heart, false, waitUntil)
        throw unavailable("the account's object has not answered for too long")
      }
      return heart.windows.take(limits, now)
    },

    /** Tells the object of the requests that `take` has let through, soon or at once. */
    beat(env: Env, accountId: string, limits: readonly Limit[], waitUntil: WaitUntil): void {
      const heart = hearts.get(accountId)
      if (heart !== undefined) pulse.stir(env, heart, heart.windows.isUrgent(limits), waitUntil)
    },

    /** Records one use, by an account or by a payer. It reaches the object with a heartbeat. */
    recordUse(env: Env, owner: string, use: UseOf, now: number, waitUntil: WaitUntil): void {
      const heart = heartOf(owner)
      if (addUse(heart, use, now)) measure(heart)
      pulse.stir(env, heart, false, waitUntil)
    },

    /**
     * Takes over a change here at once, and tells the object, so that isolates with open answers
     * hear of it at once, and all others with their next heartbeat. Never rejects: the change is in
     * D1, and leases bound how long it can be unknown. If the object does not answer, it is told
     * again in `waitUntil`, and then with the next heartbeat.
     */
    async tell(env: Env, accountId: string, change: Change, waitUntil: WaitUntil): Promise<void> {
      onChanges(accountId, [change])
      const heart = heartOf(accountId)
      const askedAt = Date.now()
      try {
        const verdict = await askHeart(env, accountId, (object) =>
          object.changed(change, heart.epoch),
        )
        learn(heart, verdict, [], askedAt)
      } catch (error) {
        logError('change_not_told', error)
        addUntold(heart, change)
        measure(heart)
        pulse.stir(env, heart, false, waitUntil)
      }
    },

    /** Until when all changes of an account that its object was told of are known here; 0: none. */
    knownUntil: (accountId: string): number => hearts.get(accountId)?.knownUntil ?? 0,

    /** Starts to listen for changes of an account, for one open answer. */
    listen(env: Env, accountId: string, lateMs: number): Listener {
      const heart = heartOf(accountId)
      return createListener(env, heart, lateMs, (news, askedAt) => hear(heart, news, askedAt))
    },

    /**
     * Writes to D1 what this isolate and the object know of an account's usage, and says what was
     * used in the last hour. Null if the object or D1 does not answer: then D1 may lack the newest.
     * Never rejects.
     */
    async flush(env: Env, accountId: string, waitUntil: WaitUntil): Promise<LatelyUsed | null> {
      const heart = heartOf(accountId)
      // A report that is on its way has to be confirmed before the rest can be sent.
      let isSent = heart.unconfirmed === null || (await pulse.send(env, heart))
      if (isSent && heart.uses.size > 0) isSent = await pulse.send(env, heart)
      pulse.stir(env, heart, false, waitUntil)
      try {
        const lately = await askHeart(env, accountId, (object) => object.flush())
        return isSent ? lately : null
      } catch (error) {
        logError('usage_flush_failed', error)
        return null
      }
    },
  }
}
