/**
 * Counts the uses of an account's credentials in the last hour, by minutes. A use is entered when
 * D1 has it, so that an object that is evicted or asked twice enters it once.
 */
import type { LatelyUsed, Use } from '../../src/contract/heartbeat.ts'

const MINUTE_MS = 60_000
const LATELY_MINUTES = 60

export type Lately = ReturnType<typeof createLately>

/** The minutes in an object's SQLite. `now` is the object's clock. */
export function createLately(sql: SqlStorage) {
  sql.exec(`create table if not exists minutes (
    minute integer not null, credential text not null, requests integer not null,
    primary key (minute, credential))`)

  const firstMinute = (now: number) => Math.floor(now / MINUTE_MS) - LATELY_MINUTES

  return {
    /** Enters uses, each under the minute of its last request, and forgets old minutes. */
    add(uses: readonly Use[], now: number): void {
      sql.exec('delete from minutes where minute < ?', firstMinute(now))
      for (const { credential, requests, lastUsedAt } of uses) {
        const minute = Math.floor(lastUsedAt / MINUTE_MS)
        if (minute < firstMinute(now)) continue
        sql.exec(
          `insert into minutes values (?, ?, ?)
           on conflict do update set requests = requests + excluded.requests`,
          minute,
          credential,
          requests,
        )
      }
    },

    /** How often each credential was used in the last 60 minutes, and in the one before. */
    read(now: number): LatelyUsed {
      const rows = sql.exec<{ credential: string; requests: number }>(
        `select credential, sum(requests) as requests from minutes
         where minute >= ? group by credential`,
        firstMinute(now),
      )
      return Object.fromEntries(
        rows.toArray().map(({ credential, requests }) => [credential, requests]),
      )
    },
  }
}
