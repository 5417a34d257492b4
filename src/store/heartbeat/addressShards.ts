/**
 * The objects of addresses, as an isolate asks and tells them.
 * See docs/decisions/0049.
 */
import type { AddressReport } from '../../contract/addresses.ts'
import { networkKey } from '../../http/address.ts'
import { logError } from '../../lib/log.ts'
import {
  type AddressLimit,
  type AddressWindow,
  type AddressWindows,
  reportOf,
  sharedLimitOf,
} from '../../limits/addressWindows.ts'
import type { Env, WaitUntil } from '../env.ts'
import type { HeartbeatTimes } from './hearts.ts'
import { askAddresses, unavailable } from './object.ts'
import { type Beat, createPulse, isAlone, newBeat } from './pulse.ts'

/** The objects that addresses are spread over, by their network. */
const SHARDS = 16
/** The object of the ceilings for all. */
const ALL = 'all'
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
export interface Shard extends Beat {
  name: string
  /** The name under which this isolate numbers its reports. */
  from: string
  sequence: number
  news: Set<AddressNews>
  /** The last report, until the object has taken it. It is sent again unchanged. */
  unconfirmed: { report: AddressReport; news: readonly AddressNews[] } | null
}

export interface AddressNews {
  window: AddressWindow
  windows: AddressWindows
}

export type AddressShards = ReturnType<typeof createAddressShards>

/** Creates an isolate's memory of the objects. */
export function createAddressShards({ pauseMs, aloneMs }: HeartbeatTimes) {
  const shards = new Map<string, Shard>()

  function shardNamed(name: string): Shard {
    const known = shards.get(name)
    if (known !== undefined) return known
    const shard = {
      ...newBeat(),
      name,
      from: crypto.randomUUID(),
      sequence: 0,
      news: new Set<AddressNews>(),
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
      const sent = { ...report, heldMs: askedAt - report.at }
      const known = await askAddresses(env, shard.name, (object) => object.report(sent))
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
    shardOf,
    /** The object of the ceilings for all. */
    all: (): Shard => shardNamed(ALL),
    isAlone: (shard: Shard, now: number): boolean => isAlone(shard, aloneMs, now),
    decide,
    giveBackAt,

    /** Tells an object soon of a window, whose news it has not heard. */
    tell({ env, waitUntil }: Stranger, shard: Shard, news: AddressNews): void {
      if (shard.news.size < MAX_REPORTED) shard.news.add(news)
      pulse.stir(env, shard, false, waitUntil)
    },

    /** Goes on telling an object, because the requests that did so may have ended. */
    stir: ({ env, waitUntil }: Stranger, shard: Shard): void =>
      pulse.stir(env, shard, false, waitUntil),
  }
}

/** FNV-1a of a text, as an unsigned number of 32 bits. */
function hash(text: string): number {
  let value = 0x811c9dc5
  for (let index = 0; index < text.length; index++)
    value = Math.imul(value ^ text.charCodeAt(index), 0x01000193)
  return value >>> 0
}
