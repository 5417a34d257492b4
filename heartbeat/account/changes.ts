/** The changes of one account: its epoch counts them. */
import type { Change } from '../../src/contract/heartbeat.ts'

/** How many changes are remembered. */
const REMEMBERED = 100
/**
 * An isolate that knows no epoch hears of the changes of this time, in milliseconds: longer than
 * any lease, so of every change that one of its verdicts can be older than.
 */
const RECENT_MS = 120_000

export type Changes = ReturnType<typeof createChanges>

/** The changes in an object's SQLite. `now` is the object's clock. */
export function createChanges(sql: SqlStorage) {
  sql.exec(`create table if not exists changes (
    epoch integer primary key, kind text not null, id text not null, at integer not null)`)
  const stored = sql.exec<{ epoch: number | null }>('select max(epoch) as epoch from changes').one()
  let last = stored.epoch ?? 0

  return {
    /** The number of changes that the account has had. */
    epoch: () => last,

    /** Remembers a change of now. */
    add({ kind, id }: Change, now: number): void {
      last += 1
      sql.exec('insert into changes values (?, ?, ?, ?)', last, kind, id, now)
      sql.exec('delete from changes where epoch <= ?', last - REMEMBERED)
    },

    /** The changes since an epoch; null if they are not known any more. */
    since(epoch: number | null, now: number): Change[] | null {
      if (epoch === last) return []
      // An epoch of the future is one that this object has lost.
      if (epoch !== null && (epoch > last || epoch < last - REMEMBERED)) return null
      const [where, value] = epoch === null ? ['at > ?', now - RECENT_MS] : ['epoch > ?', epoch]
      return sql
        .exec<{ kind: Change['kind']; id: string }>(
          `select kind, id from changes where ${where} order by epoch`,
          value,
        )
        .toArray()
    },
  }
}
