/**
 * The outbox of one object: a ledger event is stored in the same transaction as the state change
 * that it records, and stays in the object until D1 has it.
 * See docs/decisions/0009.
 */
import type { D1Database, SqlStorage } from '@cloudflare/workers-types'
import { deadline } from '../src/lib/deadline.ts'
import { type LedgerEvent, writeLedger } from './ledger.ts'

/** How many events are written at once. */
const BATCH = 50
/** How long D1 may take for one batch, in milliseconds. */
const LEDGER_TIMEOUT_MS = 3_000

export type Outbox = ReturnType<typeof createOutbox>

/** The outbox in an object's SQLite, for the ledger of a database. */
export function createOutbox(sql: SqlStorage, database: D1Database) {
  sql.exec('create table if not exists outbox (event_id text primary key, body text not null)')

  function waiting(limit: number): LedgerEvent[] {
    const query = 'select body from outbox order by rowid limit ?'
    const rows = sql.exec<{ body: string }>(query, limit).toArray()
    return rows.map(({ body }) => JSON.parse(body) as LedgerEvent)
  }

  return {
    /** Stores an event of now, under an id of its own or one that makes it happen once. */
    note(what: Omit<LedgerEvent, 'eventId' | 'at'>, eventId: string = crypto.randomUUID()): void {
      const event: LedgerEvent = { ...what, eventId, at: Date.now() }
      sql.exec('insert into outbox values (?, ?)', event.eventId, JSON.stringify(event))
    },

    clear: (): void => void sql.exec('delete from outbox'),

    /** Whether D1 is yet to get an event. */
    waits: (): boolean => waiting(1).length > 0,

    /**
     * Writes all events to D1, each once however often it is tried, the oldest first. Rejects if
     * D1 fails or takes too long; the events that it has not confirmed stay.
     */
    async write(): Promise<void> {
      for (let events = waiting(BATCH); events.length > 0; events = waiting(BATCH)) {
        await deadline(LEDGER_TIMEOUT_MS, () => writeLedger(database, events))
        for (const { eventId } of events) sql.exec('delete from outbox where event_id = ?', eventId)
      }
    },
  }
}
