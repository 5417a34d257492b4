/** Sessions in KV under the SHA-256 of their token. KV may lag, so D1 has the last word on sign-out. */
import { and, eq, isNull, lt, notExists } from 'drizzle-orm'
import {
  parseSessionRecord,
  type SessionRecord,
  type SessionTimes,
  sessionEndsAt,
  TOUCH_EVERY_MS,
} from '../credentials/session.ts'
import { logError } from '../lib/log.ts'
import { type Eventually, when } from '../lib/when.ts'
import { ask } from './ask.ts'
import { primaryReader, writer } from './db.ts'
import type { Env, WaitUntil } from './env.ts'
import { createLeasedReader } from './leasedReader.ts'
import { createLeases } from './leases.ts'
import { accounts, signedOutSessions } from './schema.ts'
import { createSecretHasher } from './secretHasher.ts'

/** The shortest time to live that KV takes, in seconds. */
const MIN_TTL_S = 60

/** A session, and the e-mail of the account that it belongs to. */
export interface LiveSession {
  record: SessionRecord
  email: string
}

/** All sessions. `leaseMs` is how long a verdict about a session may be trusted. */
export function createSessionStore(config: SessionTimes & { leaseMs: number }) {
  const leases = createLeases<SessionRecord>({ leaseMs: config.leaseMs, unknownMs: config.leaseMs })
  const leasedReader = createLeasedReader(leases, config.leaseMs, read)

  async function read(env: Env, hash: string): Promise<SessionRecord | null> {
    return (await readWithEmail(env, hash))?.record ?? null
  }

  async function readWithEmail(env: Env, hash: string): Promise<LiveSession | null> {
    const record = parseSessionRecord(await ask('KV', () => env.SESSIONS.get(hash, 'json')))
    if (record === null) return null
    const db = primaryReader(env)
    const signedOut = db.select().from(signedOutSessions).where(eq(signedOutSessions.hash, hash))
    const rows = await ask('D1', () =>
      db
        .select({ email: accounts.email })
        .from(accounts)
        .where(
          and(eq(accounts.id, record.accountId), isNull(accounts.disabledAt), notExists(signedOut)),
        ),
    )
    const [account] = rows
    return account === undefined ? null : { record, email: account.email }
  }

  /** Writes a session with its new `seenAt`; KV forgets it when it would have ended. */
  async function put(env: Env, hash: string, record: SessionRecord): Promise<void> {
    const ttlS = Math.ceil((sessionEndsAt(record, config) - record.seenAt) / 1000)
    const expirationTtl = Math.max(MIN_TTL_S, ttlS)
    await ask('KV', () => env.SESSIONS.put(hash, JSON.stringify(record), { expirationTtl }))
  }

  /** Renews a session's `seenAt` after the answer. */
  function touch(
    env: Env,
    hash: string,
    record: SessionRecord,
    now: number,
    waitUntil: WaitUntil,
  ): void {
    const touched = { ...record, seenAt: now }
    const from = leases.peek(hash, now)?.from
    // Noted in memory first, so that a burst of requests writes once.
    if (from !== undefined) leases.record(hash, { value: touched, from })
    waitUntil(put(env, hash, touched).catch((error) => logError('session_touch_failed', error)))
  }

  return {
    /** What a presented token is stored under, or null: it is none of ours. */
    hashOf: createSecretHasher('session'),

    /** The live session with this hash, or null. No I/O while a verdict is leased. */
    find(env: Env, hash: string, waitUntil: WaitUntil): Eventually<SessionRecord | null> {
      return when(leasedReader.find(env, hash, waitUntil), (record) => {
        const now = Date.now()
        if (record === null || now >= sessionEndsAt(record, config)) return null
        if (now - record.seenAt >= Math.min(TOUCH_EVERY_MS, config.idleMs / 4))
          touch(env, hash, record, now, waitUntil)
        return record
      })
    },

    /** The live session with this hash and its account's e-mail, or null. Read anew, whatever is leased. */
    async findUncached(env: Env, hash: string): Promise<LiveSession | null> {
      const session = await readWithEmail(env, hash)
      return session === null || Date.now() >= sessionEndsAt(session.record, config)
        ? null
        : session
    },

    /** Whether the session still lives, for an open stream. */
    async stillValid(env: Env, hash: string): Promise<boolean> {
      const record = leases.peek(hash, Date.now())?.value
      if (record != null && Date.now() >= sessionEndsAt(record, config)) return false
      return leasedReader.stillValid(env, hash)
    },

    /** Begins a session. */
    create: put,

    /** Ends a session for good: D1 first, then this isolate, then KV. Ending it twice is no error. */
    async end(env: Env, hash: string): Promise<void> {
      const now = Date.now()
      const db = writer(env)
      await ask('D1', () =>
        db.batch([
          db
            .insert(signedOutSessions)
            .values({ hash, endsAt: now + config.absoluteMs })
            .onConflictDoNothing(),
          db.delete(signedOutSessions).where(lt(signedOutSessions.endsAt, now)),
        ]),
      )
      leases.evict(hash, now)
      // D1 has said it already, and KV forgets by itself: a silent KV keeps nobody from signing out.
      await ask('KV', () => env.SESSIONS.delete(hash)).catch((error) =>
        logError('session_delete_failed', error),
      )
    },
  }
}
