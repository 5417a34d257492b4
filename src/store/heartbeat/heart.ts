/** One account's memory in one isolate: what its object has not heard, and what it has said. */
import type { HeartbeatReport, StatusClass, Use } from '../../contract/heartbeat.ts'
import { createSharedWindows, type SharedWindows } from '../../limits/sharedWindows.ts'
import { type Beat, newBeat } from './pulse.ts'

const HOUR_MS = 3_600_000

/** The things that a use is counted by. */
export interface UseOf {
  credential: string
  route: string
  status: StatusClass
}

/** The memory. */
export interface Heart extends Beat {
  /** The id of the account, or the address of a payer. */
  readonly owner: string
  /** The name under which this memory numbers its reports. */
  readonly from: string
  readonly windows: SharedWindows
  readonly uses: Map<string, Use>
  /** The last report, until the object has taken it. It is sent again unchanged. */
  unconfirmed: HeartbeatReport | null
  sequence: number
  /** Whether the object should be asked though there is no news. */
  isWanted: boolean
  /** The last epoch of the account that this isolate has heard of; null: none. */
  epoch: number | null
}

/** Returns the memory of an account that nothing is known of. */
export function createHeart(owner: string): Heart {
  return {
    ...newBeat(),
    owner,
    from: crypto.randomUUID(),
    windows: createSharedWindows(),
    uses: new Map(),
    unconfirmed: null,
    sequence: 0,
    isWanted: false,
    epoch: null,
  }
}

/** Whether the object is yet to hear something. */
export function hasNews({ unconfirmed, windows, uses, isWanted }: Heart): boolean {
  return unconfirmed !== null || uses.size > 0 || isWanted || windows.hasNews()
}

/** Adds one use at `now`. */
export function addUse({ uses }: Heart, { credential, route, status }: UseOf, now: number): void {
  const hour = Math.floor(now / HOUR_MS)
  const key = `${credential}\n${route}\n${status}\n${hour}`
  const known = uses.get(key)
  if (known === undefined)
    uses.set(key, { hour, credential, route, status, requests: 1, lastUsedAt: now })
  else {
    known.requests += 1
    known.lastUsedAt = now
  }
}

/** Returns a report of all news, which is none any more. */
export function nextReport(heart: Heart, at: number): HeartbeatReport {
  heart.sequence += 1
  heart.isWanted = false
  const uses = [...heart.uses.values()]
  heart.uses.clear()
  return {
    owner: heart.owner,
    from: heart.from,
    sequence: heart.sequence,
    at,
    epoch: heart.epoch,
    windows: heart.windows.report(at),
    uses,
  }
}
