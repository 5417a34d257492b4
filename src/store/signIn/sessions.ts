/**
 * Sessions in KV, each under the SHA-256 of its token. KV may still show a session that was signed
 * out, so D1 decides: it lists those sessions.
 * See docs/decisions/0002.
 */
import type { Change } from '../../contract/heartbeat.ts'
import {
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
import { applyChanges } from '../leases/changes.ts'
import { createLeasedReader } from '../leases/leasedReader.ts'
import { createLeases } from '../leases/leases.ts'
import { createSecretHasher } from '../leases/secretHasher.ts'
import type { SessionOwner } from './sessionStatements.ts'

// Drizzle and the statements are loaded with the first of them: a call with a leased verdict needs
// neither.
const statements = () => import('./sessionStatements.ts')

/** The shortest time to live that KV accepts, in seconds. */
const MIN_TTL_S = 60

/** A living session, with its account. */
export interface LiveSession extends SessionOwner {
  record: SessionRecord
}

/**
 * Creates the store of all sessions. `leaseMs` is how long a verdict on a session may be trusted,
 * in milliseconds.
 */
export function createSessionStore(config: SessionTimes & { leaseMs: number }) {
  const leases = createLeases<SessionRecord>({ leaseMs: config.leaseMs, unknownMs: config.leaseMs })
  const leasedReader = createLeasedReader(leases, config.leaseMs, read)

  async function read(env: Env, hash: string): Promise<SessionRecord | null> {
    return (await readWithOwner(env, hash))?.record ?? null
  }

  /** Reads KV, then D1. Null if the session is unknown or signed out, or its account disabled. */
  async function readWithOwner(env: Env, hash: string): Promise<LiveSession | null> {
    const record = parseSessionRecord(await ask('KV', () => env.SESSIONS.get(hash, 'json')))
    if (record === null) return null
    const { selectSessionOwner } = await statements()
    const owner = await selectSessionOwner(env, hash, record.accountId)
    return owner && { record, ...owner }
  }

  /** Writes a session. KV forgets the record when the session has ended. */
  async function put(env: Env, hash: string, record: SessionRecord): Promise<void> {
    const ttlS = Math.ceil((sessionEndsAt(record, config) - record.seenAt) / 1000)
    const expirationTtl = Math.max(MIN_TTL_S, ttlS)
    await ask('KV', () => env.SESSIONS.put(hash, JSON.stringify(record), { expirationTtl }))
  }

  /** Writes a session's new `seenAt` in `waitUntil`. */
  function touch(
    env: Env,
    hash: string,
    record: SessionRecord,
    now: number,
    waitUntil: WaitUntil,
  ): void {
    const touched = { ...record, seenAt: now }
    const from = leases.peek(hash, now)?.from
    // Memory is changed first, so that a burst of requests writes once.
    if (from !== undefined) leases.record(hash, { value: touched, from })
    waitUntil(put(env, hash, touched).catch((error) => logError('session_touch_failed', error)))
  }

  return {
    /** The hash that a presented token is stored under, or null if the gateway did not mint it. */
    hashOf: createSecretHasher('session'),

    /** Finds the living session with this hash, or null. No I/O while a verdict is leased. */
    find(env: Env, hash: string, waitUntil: WaitUntil): Eventually<SessionRecord | null> {
      return when(leasedReader.find(env, hash, waitUntil), (record) => {
        const now = Date.now()
        if (record === null || now >= sessionEndsAt(record, config)) return null
        if (now - record.seenAt >= Math.min(TOUCH_EVERY_MS, config.idleMs / 4))
          touch(env, hash, record, now, waitUntil)
        return record
      })
    },

    /**
     * Finds the living session with this hash and its account, or null. Always
     * asks the stores, whatever is leased.
     */
    async findUncached(env: Env, hash: string): Promise<LiveSession | null> {
      const session = await readWithOwner(env, hash)
      return session === null || Date.now() >= sessionEndsAt(session.record, config)
        ? null
        : session
    },

    /** Whether the session with this hash is still living, for an open stream. */
    async stillValid(env: Env, hash: string): Promise<boolean> {
      const record = leases.peek(hash, Date.now())?.value
      if (record != null && Date.now() >= sessionEndsAt(record, config)) return false
      return leasedReader.stillValid(env, hash)
    },

    /** Takes over what has changed for an account elsewhere. Null: it may be anything. */
    learn: (accountId: string, changes: readonly Change[] | null): void =>
      applyChanges(leases, 'session', accountId, changes, Date.now()),

    /** Stores a new session under the hash of its token. */
    create: put,

    /**
     * Ends a session permanently: in D1 first, then in this isolate, then in KV. Ending a session
     * twice is not an error.
     */
    async end(env: Env, hash: string): Promise<void> {
      const now = Date.now()
      const { insertSignOut } = await statements()
      await insertSignOut(env, hash, now + config.absoluteMs, now).catch((error) => {
        // D1 may have written although it did not answer.
        leases.forget(hash)
        throw error
      })
      leases.evict(hash, now)
      // KV may fail: D1 refuses the session already, and KV's record expires by itself.
      await ask('KV', () => env.SESSIONS.delete(hash)).catch((error) =>
        logError('session_delete_failed', error),
      )
    },
  }
}
