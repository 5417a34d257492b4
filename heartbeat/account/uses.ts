/**
 * The usage of one account that D1 does not have yet. A flush is frozen under a number first, and
 * sent again unchanged until D1 has it.
 */
import type { HeartbeatReport, Use } from '../../src/contract/heartbeat.ts'

/** How many rows one flush writes. */
const FLUSHED_AT_ONCE = 200
/**
 * How old a report may be of an isolate whose last number is not known, in milliseconds: an older
 * one may have been counted and forgotten.
 */
const OLDEST_MS = 86_400_000
/** How long the number of an isolate's last report is remembered: longer, as clocks may differ. */
const REMEMBERED_MS = OLDEST_MS + 3_600_000

/** A part of the usage on its way to D1. */
export interface Flush {
  owner: string
  /** Names the storage that the flushes are counted in; "" for one that is older than names. */
  life: string
  /** Counts the flushes of a life from 1. */
  flush: number
  uses: Use[]
}

export type Uses = ReturnType<typeof createUses>

/** The usage in an object's SQLite. `now` is the object's clock. */
export function createUses(sql: SqlStorage) {
  // A use with flush 0 is still added to.
  sql.exec(`create table if not exists uses (
    flush integer not null, hour integer not null, credential text not null, route text not null,
    status text not null, requests integer not null, last_used_at integer not null,
    primary key (flush, hour, credential, route, status))`)
  sql.exec(`create table if not exists reports (
    isolate text primary key, sequence integer not null, at integer not null)`)
  sql.exec('create table if not exists owner (id text primary key, flush integer not null)')
  // No column of `owner`, because objects have that table already.
  sql.exec('create table if not exists lives (id text primary key)')

  const one = <T extends Record<string, SqlStorageValue>>(query: string, ...values: unknown[]) =>
    sql.exec<T>(query, ...values).toArray()[0]

  function frozen(flush: number): Use[] {
    return sql
      .exec<Record<string, SqlStorageValue> & Omit<Use, 'lastUsedAt'> & { last_used_at: number }>(
        'select * from uses where flush = ?',
        flush,
      )
      .toArray()
      .map(({ hour, credential, route, status, requests, last_used_at: lastUsedAt }) => {
        return { hour, credential, route, status, requests, lastUsedAt }
      })
  }

  return {
    /** Whether a report comes for the first time. Remembers it. */
    isNew({ owner, from, sequence, at }: HeartbeatReport, now: number): boolean {
      const last = one<{ sequence: number }>('select sequence from reports where isolate = ?', from)
      if (last === undefined ? at < now - OLDEST_MS : sequence <= last.sequence) return false
      const isBorn = sql.exec('insert or ignore into owner values (?, 0)', owner).rowsWritten > 0
      if (isBorn) sql.exec('insert into lives values (?)', crypto.randomUUID())
      sql.exec('insert or replace into reports values (?, ?, ?)', from, sequence, now)
      return true
    },

    add({ hour, credential, route, status, requests, lastUsedAt }: Use): void {
      sql.exec(
        `insert into uses values (0, ?, ?, ?, ?, ?, ?)
         on conflict do update set requests = requests + excluded.requests,
           last_used_at = max(last_used_at, excluded.last_used_at)`,
        hour,
        credential,
        route,
        status,
        requests,
        lastUsedAt,
      )
    },

    /** Whether D1 is yet to get something. */
    waits: (): boolean => one('select 1 from uses limit 1') !== undefined,

    /** The next flush: the one that D1 has not confirmed, else a part of the rest. */
    next(): Flush | null {
      const known = one<{ owner: string; life: string; flush: number }>(
        `select id as owner, flush, coalesce((select id from lives), '') as life from owner`,
      )
      if (known === undefined) return null
      const waiting = frozen(known.flush)
      if (known.flush > 0 && waiting.length > 0) return { ...known, uses: waiting }
      const flush = known.flush + 1
      sql.exec(
        `update uses set flush = ? where rowid in (select rowid from uses where flush = 0 limit ?)`,
        flush,
        FLUSHED_AT_ONCE,
      )
      const uses = frozen(flush)
      if (uses.length === 0) return null
      sql.exec('update owner set flush = ?', flush)
      return { ...known, flush, uses }
    },

    /** Forgets what D1 has confirmed. Returns false if that is forgotten already. */
    drop: ({ flush }: Flush): boolean =>
      sql.exec('delete from uses where flush = ?', flush).rowsWritten > 0,

    /** Forgets the numbers of reports of isolates that are gone. */
    sweep: (now: number): void =>
      void sql.exec('delete from reports where at < ?', now - REMEMBERED_MS),
  }
}
