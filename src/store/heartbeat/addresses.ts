/**
 * Counts requests of addresses over all isolates. The isolate counts fast kinds by itself, and
 * tells the objects of addresses in the background; an object decides about strict kinds.
 * See docs/decisions/0049.
 */
import { networkKey } from '../../http/address.ts'
import type { Eventually } from '../../lib/when.ts'
import {
  type AddressLimit,
  type AddressWindow,
  type AddressWindows,
  createAddressWindows,
  isNews,
  limitOf,
  limitsOfAddress,
} from '../../limits/addressWindows.ts'
import { tooManyRequests } from '../../limits/headers.ts'
import type { Limit } from '../../limits/limit.ts'
import type { Counted } from '../../limits/windows.ts'
import { type AddressNews, createAddressShards, type Stranger } from './addressShards.ts'
import type { HeartbeatTimes } from './hearts.ts'
import { unavailable } from './object.ts'

/** The subject of the ceilings for all. */
const ALL = 'all'
/** A network gets this part of a ceiling for all. */
const NETWORK_PART = 1 / 10

/** Counts requests of one kind in the isolate; the objects correct it in the background. */
export type AddressLimiter = ReturnType<Addresses['fast']>
/** Counts requests of one kind in the objects, before anything else happens. */
export type StrictAddressLimiter = ReturnType<Addresses['strict']>

export type Addresses = ReturnType<typeof createAddresses>

/** Creates an isolate's exchange with the objects of addresses. */
export function createAddresses(times: HeartbeatTimes) {
  const shards = createAddressShards(times)

  /**
   * Returns the windows of one kind, as an isolate counts them. `isFree` says that a request of the
   * kind costs no store, no origin and no money: then an isolate may count alone for any time.
   */
  function kindOf(isFree: boolean) {
    const windows = createAddressWindows()
    /** The news of windows that wait to be reported. */
    const waiting = new WeakMap<AddressWindow, AddressNews>()

    function takeFast(stranger: Stranger, limits: readonly AddressLimit[]) {
      const now = Date.now()
      const counted = windows.take(limits, now, (window) => {
        if (!isNews(window)) return
        const news = waiting.get(window) ?? { window, windows }
        waiting.set(window, news)
        shards.tell(stranger, shards.shardOf(stranger.address), news)
      })
      if (isFree || !counted.admitted) return counted
      const shard = shards.shardOf(stranger.address)
      if (shard.failingSince === null) return counted
      shards.stir(stranger, shard)
      if (!shards.isAlone(shard, now)) return counted
      throw unavailable('the object of addresses has not answered for too long')
    }

    return { windows, takeFast }
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
    const shard = shards.shardOf(stranger.address)
    const all = shards.all()
    let isNear = false
    try {
      isNear = await shards.decide(stranger, shard, windows, near, takeBack)
      if (isNear && (await shards.decide(stranger, all, windows, far, takeBack))) return counted
      if (isNear) shards.giveBackAt(stranger, shard, near)
    } catch (error) {
      takeBack()
      if (isNear) shards.giveBackAt(stranger, shard, near)
      throw error
    }
    const { states, retryAfterMs } = windows.look(limits, Date.now())
    return { admitted: false, states, retryAfterMs: Math.max(1, retryAfterMs) }
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
        /** Throws `rate_limit_exceeded` if a limit is known to be full. Asks and counts nothing. */
        check({ address }: Stranger): void {
          const { near, far } = limitsFor(address, true)
          const known = windows.look([...near, ...far], Date.now())
          if (!known.admitted) throw tooManyRequests(shownOf(known, own))
        },
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
          shards.giveBackAt(stranger, shards.shardOf(stranger.address), near)
          shards.giveBackAt(stranger, shards.all(), far)
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

/** The result for the caller: its address's own limits, or a wider one that is full. */
function shownOf(counted: Counted, limits: readonly Limit[]): Counted {
  const own = counted.states.slice(0, limits.length)
  const full = counted.states.filter(({ remaining }) => remaining === 0)
  const isOwn = counted.admitted || own.some(({ remaining }) => remaining === 0)
  return { ...counted, states: isOwn ? own : full }
}
