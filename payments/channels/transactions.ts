/** The transactions of one channel, in its object's SQLite: each is stored before it is sent. */
import type { SqlStorage, SqlStorageValue } from '@cloudflare/workers-types'
import type { Hex } from 'viem'

export type TransactionAction = 'open' | 'topUp' | 'settle' | 'close'

/**
 * held: the transaction must not be sent yet.
 * sent: the transaction was sent or is about to be, and is not known to be in a block.
 * mined: it is in a block, and has succeeded.
 * failed: it is in no block and never will be, or it has failed there.
 */
export type TransactionState = 'held' | 'sent' | 'mined' | 'failed'

export interface Transaction {
  hash: Hex
  raw: Hex
  action: TransactionAction
  state: TransactionState
  /** When it was first stored, epoch milliseconds. */
  at: number
}

/** How many transactions that are held, mined or failed are remembered. */
const MAX_ENDED = 200

const TABLE = `create table if not exists transactions (
  hash text primary key, raw text not null, action text not null, state text not null,
  at integer not null)`

export type Transactions = ReturnType<typeof createTransactions>

export function createTransactions(sql: SqlStorage) {
  const [table] = sql.exec("select 1 from sqlite_master where name = 'transactions'").toArray()
  let exists = table !== undefined

  function select(where: string, ...values: SqlStorageValue[]): Transaction[] {
    if (!exists) return []
    const rows = sql.exec(`select * from transactions where ${where}`, ...values)
    return rows.toArray() as unknown as Transaction[]
  }

  return {
    get: (hash: Hex): Transaction | null => select('hash = ?', hash)[0] ?? null,

    /** The transaction that opens the channel, if it is not known to be mined or failed. */
    opening: (): Transaction | null =>
      select("action = 'open' and state in ('held', 'sent')")[0] ?? null,

    /** The transactions that are not known to be mined or failed, the oldest first. */
    sent: (): Transaction[] => select("state = 'sent' order by at"),

    put({ hash, raw, action, state, at }: Transaction): void {
      if (!exists) sql.exec(TABLE)
      exists = true
      const values = [hash, raw, action, state, at]
      sql.exec('insert or replace into transactions values (?, ?, ?, ?, ?)', ...values)
      sql.exec(
        `delete from transactions where hash in (
          select hash from transactions where state <> 'sent' order by at desc limit -1 offset ?)`,
        MAX_ENDED,
      )
    },
  }
}
