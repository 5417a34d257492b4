/**
 * Counts requests of addresses over all isolates. What is fast, the isolate counts by itself, and
 * tells the objects of addresses in the background; what is strict, an object decides.
 * See docs/decisions/0049.
 */
import type { AddressReport } from '../../contract/addresses.ts'
import { networkKey } from '../../http/address.ts'
import { logError } from '../../lib/log.ts'
import type { Eventually } from '../../lib/when.ts'
import {
  type AddressLimit,
  type AddressWindow,
  type AddressWindows,
  createAddressWindows,
  isNews,
  limitOf,
  limitsOfAddress,
  reportOf,
  sharedLimitOf,
} from '../../limits/addressWindows.ts'
import { tooManyRequests } from '../../limits/headers.ts'
import type { Limit } from '../../limits/limit.ts'
import type { Counted } from '../../limits/windows.ts'
import type { Env, WaitUntil } from '../env.ts'
import type { HeartbeatTimes } from './hearts.ts'
import { askAddresses, unavailable } from './object.ts'
import { type Beat, createPulse, newBeat } from './pulse.ts'

/** The objects that addresses are spread over, by their network. */
const SHARDS = 16
/** The object of the ceilings for all. */
const ALL = 'all'
/** A network gets this part of a ceiling for all. */
const NETWORK_PART = 1 / 10
/** Windows up to this length are reported after one pause, longer ones after four. */
const SHORT_WINDOW_MS = 10_000
const LONG_PAUSES = 4
/** The most windows of one report. The rest goes with the next one. */
const MAX_REPORTED = 1_000

/** The request that is counted. */
export interface Stranger {
  /** The address key (http/address.ts). */
  address: string
  env: Env
  waitUntil: WaitUntil
}

/** The exchange with one object of addresses. */
interface Shard extends Beat {
  name: string
  /** The name under which this isolate numbers its reports. */
  from: string
  sequence: number
  news: Set<News>
  /** The last report, until the object has taken it. It is sent again unchanged. */
  unconfirmed: { report: AddressReport; news: readonly News[] } | null
}

interface News {
  window: AddressWindow
  windows: AddressWindows
}

/** Counts requests of one kind in the isolate; the objects correct it in the background. */
export type AddressLimiter = ReturnType<Addresses['fast']>
/** Counts requests of one kind in the objects, before anything else happens. */
export type StrictAddressLimiter = ReturnType<Addresses['strict']>

export type Addresses = ReturnType<typeof createAddresses>

/** Creates an isolate's exchange with the objects of addresses. */
export function createAddresses({ pauseMs, aloneMs }: HeartbeatTimes) {
  const shards = new Map<string, Shard>()

  function shardNamed(name: string): Shard {
    const known = shards.get(name)
    if (known !== undefined) return known
    const shard = {
      ...newBeat(),
      name,
      from: crypto.randomUUID(),
      sequence: 0,
      news: new Set<News>(),
      unconfirmed: null,
    }
    shards.set(name, shard)
    return shard
  }

  const shardOf = (address: string) => shardNamed(String(hash(networkKey(address)) % SHARDS))

  const pulse = createPulse<Shard>({
    pauseMs,
    hasNews: ({ unconfirmed, news }) => unconfirmed !== null || news.size > 0,
    pauses({ news }) {
      for (const { window } of news) if (window.limit.windowMs <= SHORT_WINDOW_MS) return 1
      return LONG_PAUSES
    },
    async send(env, shard, askedAt) {
      shard.unconfirmed ??= nextReport(shard, askedAt)
      const { report, news } = shard.unconfirmed
      const known = await askAddresses(env, shard.name, (object) => object.report(report))
      shard.unconfirmed = null
      const byName = new Map(known.map((one) => [one.name, one]))
      for (const { window, windows } of news) {
        const one = byName.get(window.name)
        if (one !== undefined) windows.learn([one], [window], askedAt, Date.now())
      }
    },
  })

  /** Takes the next report out of the news. */
  function nextReport(shard: Shard, at: number) {
    const news = [...shard.news].slice(0, MAX_REPORTED)
    const windows = news.flatMap((one) => {
      shard.news.delete(one)
      return reportOf(one.window, at) ?? []
    })
    shard.sequence += 1
    return { report: { from: shard.from, sequence: shard.sequence, at, windows }, news }
  }

  /**
   * Returns the windows of one kind, as an isolate counts them. `isFree` says that a request of the
   * kind costs no store, no origin and no money: then an isolate may count alone for any time.
   */
  function kindOf(isFree: boolean) {
    const windows = createAddressWindows()
    /** The news of windows that wait to be reported. */
    const waiting = new WeakMap<AddressWindow, News>()

    function takeFast({ address, env, waitUntil }: Stranger, limits: readonly AddressLimit[]) {
      const now = Date.now()
      const counted = windows.take(limits, now, (window) => {
        if (!isNews(window)) return
        const shard = shardOf(address)
        const news = waiting.get(window) ?? { window, windows }
        if (shard.news.size < MAX_REPORTED) {
          waiting.set(window, news)
          shard.news.add(news)
        }
        pulse.stir(env, shard, false, waitUntil)
      })
      if (isFree || !counted.admitted) return counted
      const shard = shards.size === 0 ? null : shardOf(address)
      if (shard !== null && isAlone(shard, now)) throw unavailable('the object of addresses failed')
      return counted
    }

    return { windows, takeFast }
  }

  /** Whether an object has not answered for longer than isolates may count without it. */
  function isAlone({ failingSince, retryAt }: Shard, now: number): boolean {
    // A failure of long ago says nothing.
    return failingSince !== null && now >= failingSince + aloneMs && now < retryAt + aloneMs
  }

  /**
   * Asks an object about one request that this isolate has counted. Returns whether the request is
   * admitted; `takeBack` is called if not. Throws `service_unavailable` if the object does not
   * answer, and without a question for a while after that.
   */
  async function decide(
    { env }: Stranger,
    shard: Shard,
    windows: AddressWindows,
    limits: readonly AddressLimit[],
    takeBack: () => void,
  ): Promise<boolean> {
    if (limits.length === 0) return true
    const askedAt = Date.now()
    if (shard.failures > 0 && askedAt < shard.retryAt)
      throw unavailable('the object of addresses has failed a moment ago')
    try {
      const verdict = await askAddresses(env, shard.name, (object) =>
        object.take(limits.map(sharedLimitOf), askedAt),
      )
      pulse.hit(shard)
      if (!verdict.admitted) takeBack()
      windows.learn(verdict.windows, limits, askedAt, Date.now())
      return verdict.admitted
    } catch (error) {
      pulse.miss(shard, error)
      throw error
    }
  }

  /**
   * Counts one request here, so that a flood asks no more often than the limits allow, then at the
   * object of the address, and then at that of all. Throws `service_unavailable`.
   */
  async function takeStrict(
    stranger: Stranger,
    windows: AddressWindows,
    near: readonly AddressLimit[],
    far: readonly AddressLimit[] = [],
  ): Promise<Counted> {
    const limits = [...near, ...far]
    const counted = windows.take(limits, Date.now(), null)
    if (!counted.admitted) return counted
    const takeBack = () => windows.giveBack(limits, Date.now())
    const shard = shardOf(stranger.address)
    const all = shardNamed(ALL)
    let isNear = false
    try {
      isNear = await decide(stranger, shard, windows, near, takeBack)
      if (isNear && (await decide(stranger, all, windows, far, takeBack))) return counted
      if (isNear) giveBackAt(stranger, shard, near)
    } catch (error) {
      takeBack()
      if (isNear) giveBackAt(stranger, shard, near)
      throw error
    }
    const { states, retryAfterMs } = windows.look(limits, Date.now())
    return { admitted: false, states, retryAfterMs: Math.max(1, retryAfterMs) }
  }

  /** Takes a request back at an object, which counts it to its window's end if that fails. */
  function giveBackAt(
    { env, waitUntil }: Stranger,
    shard: Shard,
    limits: readonly AddressLimit[],
  ): void {
    if (limits.length === 0) return
    const shared = limits.map(sharedLimitOf)
    const given = askAddresses(env, shard.name, (object) => object.giveBack(shared, Date.now()))
    waitUntil(given.catch((error) => logError('address_not_given_back', error)))
  }

  return {
    /**
     * Returns a limiter of one kind of request. Each address has `limits`, and the group around it
     * ten times as much. `isFree`: such a request costs no store, no origin and no money.
     */
    fast(kind: string, limits: readonly Limit[], { isFree }: { isFree: boolean }) {
      const { windows, takeFast } = kindOf(isFree)
      const limitsFor = (address: string) => limitsOfAddress(kind, address, limits)

      function take(stranger: Stranger): void {
        if (limits.length === 0) return
        const counted = takeFast(stranger, limitsFor(stranger.address))
        if (!counted.admitted) throw tooManyRequests(shownOf(counted, limits))
      }
      const isFull = ({ address }: Stranger) =>
        !windows.look(limitsFor(address), Date.now()).admitted

      return {
        /**
         * Counts one request. Throws `rate_limit_exceeded`, and counts nothing, if a limit is full;
         * `service_unavailable` if the request is not free and its object has not answered for too
         * long.
         */
        take,
        /** Counts one request, or nothing if a limit is full. Never throws. */
        count: (stranger: Stranger): void => void takeFast(stranger, limitsFor(stranger.address)),
        /** Takes back a request that `take` counted and that is not to be counted. */
        giveBack: ({ address }: Stranger): void => windows.giveBack(limitsFor(address), Date.now()),
        /** Throws `rate_limit_exceeded` if a limit is full. Counts nothing. */
        check(stranger: Stranger): void {
          if (isFull(stranger)) take(stranger)
        },
        isFull,
      }
    },

    /**
     * Returns a limiter of one kind of request that an object decides about. Each address has
     * `limits`, the group around it ten times as much; all together have `ceilings`, of which one
     * network gets no more than a tenth.
     */
    strict(kind: string, limits: readonly Limit[], ceilings: readonly Limit[]) {
      const { windows } = kindOf(false)
      const own = strictly(limits)
      const all = strictly(ceilings)
      const shares = all.map((limit) => {
        return { ...limit, count: Math.max(1, Math.floor(limit.count * NETWORK_PART)) }
      })
      const far = all.map((limit) => limitOf(kind, ALL, limit))
      /** The limits that the object of an address counts, and those of the object of all. */
      const limitsFor = (address: string, isShared: boolean) => {
        const mine = limitsOfAddress(kind, address, own)
        if (!isShared) return { near: mine, far: [] }
        const network = `network ${networkKey(address)}`
        return { near: [...mine, ...shares.map((share) => limitOf(kind, network, share))], far }
      }

      return {
        /**
         * Counts one request, by its address alone if it is not `isShared`. Throws
         * `rate_limit_exceeded`, and counts nothing, if a limit is full; `service_unavailable` if
         * an object does not answer.
         */
        async take(stranger: Stranger, isShared = true): Promise<void> {
          const { near, far } = limitsFor(stranger.address, isShared)
          const counted = await takeStrict(stranger, windows, near, far)
          if (!counted.admitted) throw tooManyRequests(shownOf(counted, own))
        },
        /** Takes back a request that `take` has let through. Never fails. */
        giveBack(stranger: Stranger, isShared = true): void {
          const { near, far } = limitsFor(stranger.address, isShared)
          windows.giveBack([...near, ...far], Date.now())
          giveBackAt(stranger, shardOf(stranger.address), near)
          giveBackAt(stranger, shardNamed(ALL), far)
        },
      }
    },

    /**
     * Returns a function that counts one request of an address against the limits of a route, or
     * against none if one of them is full: in the isolate, or by an object if one limit is strict.
     * Throws `service_unavailable` as the other limiters do.
     */
    anonymous() {
      const { windows, takeFast } = kindOf(false)
      return (stranger: Stranger, limits: readonly Limit[]): Eventually<Counted> => {
        const named = limitsOfAddress('anonymous', stranger.address, limits)
        if (!limits.some(({ isStrict }) => isStrict))
          return shownOf(takeFast(stranger, named), limits)
        return takeStrict(stranger, windows, named).then((counted) => shownOf(counted, limits))
      }
    },
  }
}

const strictly = (limits: readonly Limit[]): Limit[] =>
  limits.map((limit) => ({ ...limit, isStrict: true }))

/** The result as the caller is told of it: its address's own limits, and a wider one that is full. */
function shownOf(counted: Counted, limits: readonly Limit[]): Counted {
  const own = counted.states.slice(0, limits.length)
  const full = counted.states.filter(({ remaining }) => remaining === 0)
  const isOwn = counted.admitted || own.some(({ remaining }) => remaining === 0)
  return { ...counted, states: isOwn ? own : full }
}

/** FNV-1a of a text, as an unsigned number of 32 bits. */
function hash(text: string): number {
  let value = 0x811c9dc5
  for (let index = 0; index < text.length; index++)
    value = Math.imul(value ^ text.charCodeAt(index), 0x01000193)
  return value >>> 0
}
