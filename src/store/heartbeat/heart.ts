/** One account's memory in one isolate: what its object has not heard, and what it has said. */
import type { Change, HeartbeatReport, StatusClass, Use } from '../../contract/heartbeat.ts'
import { createSharedWindows, type SharedWindows } from '../../limits/sharedWindows.ts'
import { hourOfUse } from '../usage/buckets.ts'
import { type Beat, newBeat } from './pulse.ts'

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
  /** Changes that the object could not be told of when they were made. */
  readonly untold: Change[]
  /** Until then this isolate knows all changes that the object was told of; 0: it knows none. */
  knownUntil: number
  /** How many open answers listen for changes. */
  listeners: number
  /** The socket on which this isolate listens; null: there is none. */
  link: Link | null
  /** How often the socket could not be opened, and until when it is not tried again. */
  linkFailures: number
  linkRetryAt: number
}

/** A socket to the object. The request that has opened it is the only one that may use it. */
export interface Link {
  /** When the question was sent that the object has not answered; 0: it has answered all. */
  pingedAt: number
  /** Since when another answer waits for the owner to ping; 0: none does. */
  dueSince: number
  /** Whether its first news have arrived. */
  hasNews: boolean
  /** Undefined until it is open. */
  socket?: WebSocket
}

/** The bytes of a memory without news, of a use and of a change, as estimated. */
const HEART_BYTES = 1_536
const USE_BYTES = 320
const CHANGE_BYTES = 192

/** Returns the bytes that an account's memory takes, as estimated. */
export function bytesOfHeart({ uses, untold, unconfirmed }: Heart): number {
  const news = USE_BYTES * uses.size + CHANGE_BYTES * untold.length
  if (unconfirmed === null) return HEART_BYTES + news
  const { uses: sent, changes } = unconfirmed
  return HEART_BYTES + news + USE_BYTES * sent.length + CHANGE_BYTES * changes.length
}

/** The most changes that a memory holds for its object. */
const MAX_UNTOLD = 100

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
    untold: [],
    knownUntil: 0,
    listeners: 0,
    link: null,
    linkFailures: 0,
    linkRetryAt: 0,
  }
}

/** Whether the object is yet to hear something. */
export function hasNews({ unconfirmed, windows, uses, isWanted, untold }: Heart): boolean {
  const isToTell = uses.size > 0 || untold.length > 0 || windows.hasNews()
  return unconfirmed !== null || isWanted || isToTell
}

/** Adds one use at `now`. Returns whether it is the first one of its kind and hour. */
export function addUse(
  { uses }: Heart,
  { credential, route, status }: UseOf,
  now: number,
): boolean {
  const hour = hourOfUse(now)
  const key = `${credential}\n${route}\n${status}\n${hour}`
  const known = uses.get(key)
  if (known === undefined) {
    uses.set(key, { hour, credential, route, status, requests: 1, lastUsedAt: now })
    return true
  }
  known.requests += 1
  known.lastUsedAt = now
  return false
}

/** Keeps a change for the next report. If they are too many, the report says "anything". */
export function addUntold({ untold }: Heart, change: Change): void {
  if (untold.length >= MAX_UNTOLD) untold.splice(0, untold.length, { kind: 'account', id: '' })
  untold.push(change)
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
    changes: heart.untold.splice(0),
  }
}
