/**
 * The messages between the gateway and an account's object. Times that cross are durations,
 * because the two have different clocks.
 */

/** A limit, as the object counts it. */
export interface SharedLimit {
  name: string
  /** The number of requests that a window takes. */
  count: number
  windowMs: number
  /** Whether the object decides about each request before the origin is asked. */
  isStrict?: boolean
}

/** The requests that an isolate has let through against one limit since its last report. */
export interface WindowReport {
  limit: SharedLimit
  /** The window that they belong to, by the object's name for it; 0: the isolate opened it. */
  window: number
  /** How long ago that window began, in milliseconds. */
  ageMs: number
  requests: number
}

/** An open window, as the object has counted it. */
export interface SharedWindow {
  name: string
  /** The object's name for the window. */
  window: number
  /** How many requests it has taken. */
  used: number
  /** How long ago it began, in milliseconds. */
  ageMs: number
}

/** The class of an answer's status. 429 is a class of its own. */
export type StatusClass = '1xx' | '2xx' | '3xx' | '4xx' | '429' | '5xx'

/** How often a credential was used for a route in an hour, with answers of one class. */
export interface Use {
  /** The hour's start, in hours since the epoch. */
  hour: number
  /** "key 42", "grant grt_…", "session", "payment". */
  credential: string
  /** The route's id. */
  route: string
  status: StatusClass
  requests: number
  /** Epoch milliseconds. */
  lastUsedAt: number
}

/** How often each credential was used in the last hour, refused requests included. */
export type LatelyUsed = Readonly<Record<string, number>>

/** A report of an isolate: all that it has let through since its last one. */
export interface HeartbeatReport {
  /** The account's id, or the payer's address. */
  owner: string
  /** The isolate's memory of this account: a new one numbers its reports anew. */
  from: string
  /** Counts the reports from 1. A report that comes again is not counted again. */
  sequence: number
  /** The isolate's clock, in epoch milliseconds. */
  at: number
  /** How long ago the report was made, in milliseconds: it is sent again until it is answered. */
  heldMs?: number
  /** The last epoch that the isolate has heard of; null: none. */
  epoch: number | null
  windows: WindowReport[]
  uses: Use[]
  /** Changes that the object could not be told of when they were made. */
  changes: Change[]
}

/** A credential or account that stopped being what it was. */
export interface Change {
  /** "account" is everything that the account has. */
  kind: 'api_key' | 'session' | 'access_token' | 'grant' | 'account'
  /** The credential's hash, the grant's id, or "". */
  id: string
}

/**
 * The changes of an account. Isolates listen for news by a WebSocket, which the object opens
 * at any URL: as JSON, at once what has changed since the query's `epoch`, and then each change
 * when the object is told of it.
 */
export interface News {
  /** Counts the account's changes. */
  epoch: number
  /** The changes since the isolate's epoch; null: too many, or too long ago to be known. */
  changes: readonly Change[] | null
}

/** The answer of an object: all that it knows. */
export interface HeartVerdict extends News {
  /** The open windows of the limits that the isolate has named. */
  windows: SharedWindow[]
}

/**
 * The message by which a listening isolate asks whether it knows all changes, and its answer, which
 * the platform gives without waking the object up.
 */
export const LISTENER_PING = 'ping'
export const LISTENER_PONG = 'pong'

/** Whether a request is within its limits, all of which have counted it, or none of which has. */
export interface TakeVerdict extends HeartVerdict {
  admitted: boolean
}

/** The object of one account. */
export interface AccountHeart {
  /** Takes a report, once however often it comes, and says what the object knows. */
  heartbeat(report: HeartbeatReport): Promise<HeartVerdict>
  /** Counts one request against all `limits`, or against none if one of them is full. */
  take(limits: readonly SharedLimit[], at: number, epoch: number | null): Promise<TakeVerdict>
  /** Tells of a change that D1 has stored. `epoch` is the last one that the isolate has heard. */
  changed(change: Change, epoch: number | null): Promise<HeartVerdict>
  /**
   * Writes all usage that D1 does not have, and says what was used lately. Rejects if D1 does not
   * take it.
   */
  flush(): Promise<LatelyUsed>
  /** Answers with the object's clock, in epoch milliseconds. */
  now(): number | Promise<number>
}
