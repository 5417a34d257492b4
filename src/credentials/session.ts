/** Dashboard sessions: a tagged token in a cookie, and the record that its SHA-256 leads to. */
import { mintTagged } from './tag.ts'

/** The stored side of a session. Times are epoch milliseconds. */
export interface SessionRecord {
  /** Names the session in logs and assertions; no secret. */
  id: string
  accountId: string
  createdAt: number
  /** When the session was last seen, to the nearest `TOUCH_EVERY_MS`. */
  seenAt: number
}

export interface SessionTimes {
  idleMs: number
  absoluteMs: number
}

/** How stale `seenAt` may get before it is written again: KV takes one write a second for a key. */
export const TOUCH_EVERY_MS = 5 * 60_000

/** A new session token: 64 tagged hexadecimal characters. Only its SHA-256 is kept. */
export function createSessionToken(tagKeys: readonly CryptoKey[]): Promise<string> {
  return mintTagged('session', tagKeys)
}

/** When the session ends if it is not used again: the sooner of its idle and absolute ends. */
export function sessionEndsAt(record: SessionRecord, times: SessionTimes): number {
  return Math.min(record.seenAt + times.idleMs, record.createdAt + times.absoluteMs)
}

/** JSON out of the store → a record, or null. */
export function parseSessionRecord(value: unknown): SessionRecord | null {
  if (typeof value !== 'object' || value === null) return null
  const { id, accountId, createdAt, seenAt } = value as Record<string, unknown>
  if (typeof id !== 'string' || typeof accountId !== 'string') return null
  if (!Number.isFinite(createdAt) || !Number.isFinite(seenAt)) return null
  return { id, accountId, createdAt: Number(createdAt), seenAt: Number(seenAt) }
}
