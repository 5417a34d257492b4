/** Events on their way to the ledger: kept where the claim or the channel is, in the same transaction, until D1 has them. */
import { deadline } from '../src/lib/deadline.ts'
import { type LedgerEvent, writeLedger } from './ledger.ts'

/** How many events are written at once. */
const BATCH = 50
/** How long D1 may take for one batch, in milliseconds. */
const LEDGER_TIMEOUT_MS = 3_000

export type Outbox = ReturnType<typeof createOutbox>

/** The outbox of one object, before the ledger of a database. */
export function createOutbox(sql: SqlStorage, database: D1Database) {
  sql.exec('create table if not exists outbox (event_id text primary key, body text not null)')

  function waiting(limit: number): LedgerEvent[] {
    const query = 'select body from outbox order by rowid limit ?'
    const rows = sql.exec<{ body: string }>(query, limit).toArray()
    return rows.map(({ body }) => JSON.parse(body) as LedgerEvent)
  }

  return {
    /** Notes what has just happened. */
    note(what: Omit<LedgerEvent, 'eventId' | 'at'>): void {
      const event: LedgerEvent = { ...what, eventId: crypto.randomUUID(), at: Date.now() }
      sql.exec('insert into outbox values (?, ?)', event.eventId, JSON.stringify(event))
    },

    clear: (): void => void sql.exec('delete from outbox'),

    waits: (): boolean => waiting(1).length > 0,

    /** Writes all that waits, each event once however often it is tried. Rejects when D1 does not take it in time. */
    async write(): Promise<void> {
      for (let events = waiting(BATCH); events.length > 0; events = waiting(BATCH)) {
        await deadline(LEDGER_TIMEOUT_MS, () => writeLedger(database, events))
        for (const { eventId } of events) sql.exec('delete from outbox where event_id = ?', eventId)
      }
    },
  }
}
