/**
 * Dashboard sessions: a minted secret (`minted.ts`) in a cookie, and a record under the secret's
 * SHA-256.
 */

import { cookieValues } from '../http/cookies.ts'

/**
 * The two names of the session's cookie. Over https the cookie is set under the first one, because
 * no other host can set a cookie of this prefix (RFC 6265bis section 4.1.3.2); over http, and in
 * browsers that signed in earlier, it has the configured name.
 */
export function sessionCookieNames(configured: string): { host: string; plain: string } {
  const host = configured.startsWith('__Host-') ? configured : `__Host-${configured}`
  return { host, plain: configured }
}

/** Every value that a `Cookie` header has for the session's cookie, under either name. */
export function sessionCookieValues(header: string, configured: string): string[] {
  const { host, plain } = sessionCookieNames(configured)
  const values = cookieValues(header, plain)
  return host === plain ? values : [...cookieValues(header, host), ...values]
}

/** A session as it is stored. Times are epoch milliseconds. */
export interface SessionRecord {
  /** Names the session in logs and assertions. Not a secret. */
  id: string
  accountId: string
  createdAt: number
  /** When the session was last used, as far as its use was written: see `TOUCH_EVERY_MS`. */
  seenAt: number
}

/** When sessions end. */
export interface SessionTimes {
  /** How long a session lives without being used, in milliseconds. */
  idleMs: number
  /** How long a session lives at most, in milliseconds. */
  absoluteMs: number
}

/**
 * How old `seenAt` may get before it is written again, in milliseconds. Not every use is written,
 * because KV takes only one write a second for each key.
 */
export const TOUCH_EVERY_MS = 5 * 60_000

const HOUR_MS = 3_600_000

/** The beginning of the hour of a time, both in epoch milliseconds. */
export const hourOf = (time: number): number => time - (time % HOUR_MS)

/**
 * When the session ends if it is not used again, in epoch milliseconds: the earlier of its idle end
 * and its absolute end.
 */
export function sessionEndsAt(record: SessionRecord, times: SessionTimes): number {
  return Math.min(record.seenAt + times.idleMs, record.createdAt + times.absoluteMs)
}

/** Reads a stored session from parsed JSON. Returns null if the value does not have its form. */
export function parseSessionRecord(value: unknown): SessionRecord | null {
  if (typeof value !== 'object' || value === null) return null
  const { id, accountId, createdAt, seenAt } = value as Record<string, unknown>
  if (typeof id !== 'string' || typeof accountId !== 'string') return null
  if (!Number.isFinite(createdAt) || !Number.isFinite(seenAt)) return null
  return { id, accountId, createdAt: Number(createdAt), seenAt: Number(seenAt) }
}
