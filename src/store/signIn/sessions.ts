/**
 * Sessions in KV, each under the SHA-256 of its token, and in D1, which decides: KV may still show
 * a session that was signed out.
 * See docs/decisions/0034.
 */
import type { Change } from '../../contract/heartbeat.ts'
import {
  hourOf,
  parseSessionRecord,
  type SessionRecord,
  type SessionTimes,
  sessionEndsAt,
  TOUCH_EVERY_MS,
} from '../../credentials/session.ts'
import { logError } from '../../lib/log.ts'
import { type Eventually, when } from '../../lib/when.ts'
import { ask } from '../ask.ts'
import type { Env, WaitUntil } from '../env.ts'
import { applyChanges, type ChangeFeed } from '../leases/changes.ts'
import { createLeasedReader, type VerdictTimes } from '../leases/leasedReader.ts'
import { createLeases } from '../leases/leases.ts'
import { createSecretHasher } from '../leases/secretHasher.ts'
import { createWatches } from '../leases/watches.ts'
import type { SessionListing, SessionOwner } from './sessionStatements.ts'

// Drizzle and the statements are loaded with the first of them: a call with a leased verdict needs
// neither.
const statements = () => import('./sessionStatements.ts')

/** The shortest time to live that KV accepts, in seconds. */
const MIN_TTL_S = 60

/** The most records that are deleted from KV together. The others expire there by themselves. */
const MAX_DELETED = 100

/** How many writes an isolate remembers. */
const MAX_TOUCHES = 5_000

/** A living session, with its account. */
export interface LiveSession extends SessionOwner {
  record: SessionRecord
}

/** Creates the store of all sessions. */
export function createSessionStore(config: SessionTimes & VerdictTimes, feed: ChangeFeed) {
  const leases = createLeases<SessionRecord>({ leaseMs: config.leaseMs, unknownMs: config.leaseMs })
  const leasedReader = createLeasedReader(leases, config, read)
  const watch = createWatches(leases, config, leasedReader.read, feed)

  async function read(env: Env, hash: string): Promise<SessionRecord | null> {
    return (await readWithOwner(env, hash))?.record ?? null
  }

  /** Reads KV, then D1. Null if the session is unknown or signed out, or its account disabled. */
  async function readWithOwner(env: Env, hash: string): Promise<LiveSession | null> {
    const record = parseSessionRecord(await ask('KV', () => env.SESSIONS.get(hash, 'json')))
    if (record === null) return null
    const { selectSessionOwner } = await statements()
    const owner = await selectSessionOwner(env, hash, record.accountId)
    return owner && { ...owner, record }
  }

  /** Writes a session. KV forgets the record when the session has ended. */
  async function put(env: Env, hash: string, record: SessionRecord): Promise<void> {
    const ttlS = Math.ceil((sessionEndsAt(record, config) - record.seenAt) / 1000)
    const expirationTtl = Math.max(MIN_TTL_S, ttlS)
    await ask('KV', () => env.SESSIONS.put(hash, JSON.stringify(record), { expirationTtl }))
  }

  /** When this isolate wrote a session last: KV shows the old record for a while. */
  const touches = new Map<string, number>()

  const isOver = (record: SessionRecord, now: number) => now >= sessionEndsAt(record, config)

  /**
   * Writes a session's new `seenAt` in `waitUntil`, if the old one is old enough: in KV, and once
   * an hour in D1.
   */
  function touch(
    env: Env,
    hash: string,
    record: SessionRecord,
    now: number,
    waitUntil: WaitUntil,
  ): void {
    const seenAt = Math.max(record.seenAt, touches.get(hash) ?? 0)
    if (now - seenAt < Math.min(TOUCH_EVERY_MS, config.idleMs / 4)) return
    if (touches.size >= MAX_TOUCHES) touches.clear()
    touches.set(hash, now)
    const touched = { ...record, seenAt: now }
    const from = leases.peek(hash, now)?.from
    // Memory is changed first, so that a burst of requests writes once.
    if (from !== undefined) leases.record(hash, { value: touched, from })
    const failed = (error: unknown) => {
      touches.delete(hash)
      logError('session_touch_failed', error)
    }
    waitUntil(put(env, hash, touched).catch(failed))
    const hour = hourOf(now)
    if (hour > record.seenAt) waitUntil(noteHour(env, hash, hour).catch(failed))
  }

  async function noteHour(env: Env, hash: string, hour: number): Promise<void> {
    const { updateSeen } = await statements()
    await updateSeen(env, hash, hour)
  }

  /** Ends sessions in this isolate and in KV, after D1. */
  async function forget(env: Env, hashes: readonly string[]): Promise<void> {
    for (const hash of hashes) leases.evict(hash, Date.now())
    const deletions = hashes.slice(0, MAX_DELETED).map((hash) =>
      // KV may fail: D1 refuses the session already, and KV's record expires by itself.
      ask('KV', () => env.SESSIONS.delete(hash)).catch((error) =>
        logError('session_delete_failed', error),
      ),
    )
    await Promise.all(deletions)
  }

  const tellEnd = (env: Env, accountId: string, hash: string, waitUntil: WaitUntil) =>
    feed.tell(env, accountId, { kind: 'session', id: hash }, waitUntil)

  return {
    /** The hash that a presented token is stored under, or null if the gateway did not mint it. */
    hashOf: createSecretHasher('session'),

    /** Finds the living session with this hash, or null. No I/O while a verdict is leased. */
    find(env: Env, hash: string, waitUntil: WaitUntil): Eventually<SessionRecord | null> {
      return when(leasedReader.find(env, hash, waitUntil), (record) => {
        const now = Date.now()
        if (record === null || isOver(record, now)) return null
        touch(env, hash, record, now, waitUntil)
        return record
      })
    },

    /**
     * Finds the living session with this hash and its account, or null. Always asks the stores,
     * whatever is leased.
     */
    async findUncached(env: Env, hash: string, waitUntil: WaitUntil): Promise<LiveSession | null> {
      const session = await readWithOwner(env, hash)
      const now = Date.now()
      if (session === null || isOver(session.record, now)) return null
      touch(env, hash, session.record, now, waitUntil)
      return session
    },

    /** Starts a watch of the session with this hash, for an answer that is open long. */
    watch: (env: Env, hash: string) => watch(env, hash, (record) => isOver(record, Date.now())),

    /** Takes over what has changed for an account elsewhere. Null: it may be anything. */
    learn: (accountId: string, changes: readonly Change[] | null): void =>
      applyChanges(leases, 'session', accountId, changes, Date.now()),

    /** Stores the record of a session that D1 has, under the hash of its token. */
    create: put,

    /** Lists an account's signed-in browsers, at most 100, the one that was used last first. */
    async list(env: Env, accountId: string): Promise<SessionListing[]> {
      const { selectSessions } = await statements()
      const now = Date.now()
      return selectSessions(env, accountId, { now, usedAfter: hourOf(now - config.idleMs) })
    },

    /**
     * Ends sessions permanently: in D1 first, then in this isolate, then in KV. Ending a session
     * twice is not an error.
     */
    async end(env: Env, hashes: readonly string[], waitUntil: WaitUntil): Promise<void> {
      if (hashes.length === 0) return
      const { endByHash } = await statements()
      const ended = await endByHash(env, hashes).catch((error) => {
        // D1 may have written although it did not answer.
        for (const hash of hashes) leases.forget(hash)
        throw error
      })
      await forget(env, hashes)
      for (const { hash, accountId } of ended) await tellEnd(env, accountId, hash, waitUntil)
    },

    /** Ends one session of an account by its id. False if the account has no such session. */
    async endOne(env: Env, accountId: string, id: string, waitUntil: WaitUntil): Promise<boolean> {
      const { endById } = await statements()
      const ended = await endById(env, accountId, id)
      await forget(env, ended)
      for (const hash of ended) await tellEnd(env, accountId, hash, waitUntil)
      return ended.length > 0
    },

    /** Ends every session of an account, in this browser and in all others. */
    async endAll(env: Env, accountId: string, waitUntil: WaitUntil): Promise<void> {
      const { endByAccount } = await statements()
      await forget(env, await endByAccount(env, accountId))
      await feed.tell(env, accountId, { kind: 'account', id: '' }, waitUntil)
    },

    /** Refuses sessions in this isolate that another transaction of D1 has ended. */
    forget,
  }
}
