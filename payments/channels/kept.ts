/**
 * The calls of one channel whose cost is spent, in its object's SQLite. Each is stored for a while,
 * because its receipt may not reach the gateway.
 */
import type { SqlStorage, SqlStorageValue } from '@cloudflare/workers-types'

export interface KeptCall {
  requestId: string
  row: string
  amount: number
  units: number
  /** The receipt, as JSON. */
  receipt: string
  at: number
  /** When the cost is given back because nobody has the receipt; null: it is not. */
  returnAt: number | null
}

const TABLE = `create table if not exists kept (
  request_id text primary key, row text not null, amount integer not null,
  units integer not null, receipt text not null, at integer not null, return_at integer)`

const COLUMNS = 'request_id as requestId, row, amount, units, receipt, at, return_at as returnAt'

export type KeptCalls = ReturnType<typeof createKeptCalls>

export function createKeptCalls(sql: SqlStorage) {
  const [table] = sql.exec("select 1 from sqlite_master where name = 'kept'").toArray()
  let exists = table !== undefined

  function select(where: string, ...values: string[]): KeptCall[] {
    if (!exists) return []
    const query = `select ${COLUMNS} from kept where ${where}`
    return sql.exec<KeptCall & Record<string, SqlStorageValue>>(query, ...values).toArray()
  }

  return {
    get: (requestId: string): KeptCall | null => select('request_id = ?', requestId)[0] ?? null,

    /** Stores a call, in place of an earlier record of it. */
    put({ requestId, row, amount, units, receipt, at, returnAt }: KeptCall): void {
      if (!exists) sql.exec(TABLE)
      exists = true
      const values = [requestId, row, amount, units, receipt, at, returnAt]
      sql.exec('insert or replace into kept values (?, ?, ?, ?, ?, ?, ?)', ...values)
    },

    drop(requestId: string): void {
      sql.exec('delete from kept where request_id = ?', requestId)
    },

    /** The calls whose cost is given back at some time, the earliest first. */
    returning: (): KeptCall[] => select('return_at is not null order by return_at'),

    /** Forgets the calls that were kept before a time, and whose cost is not given back. */
    purge(before: number): void {
      if (exists) sql.exec('delete from kept where at < ? and return_at is null', before)
    },
  }
}
