/** The ledger of a local D1, read beside whoever has it open. */
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'

/** The sum of all entries of each account, in the smallest unit. `folder` is the one of `npm run dev`. */
export function readLedger(folder: string): Map<string, number> {
  const query = 'select account, sum(amount) as total from ledger_entries group by account'
  const rows = select<{ account: string; total: number }>(folder, query)
  return new Map(rows.map(({ account, total }) => [account, total]))
}

/** The entries of challenges of which something is still held, as text for a failing test. */
export function heldBy(folder: string): string {
  const query = `select challenge_id, kind, account, amount, mode, request_id, at from ledger_entries where challenge_id in
    (select challenge_id from ledger_entries where account = 'held' group by challenge_id having sum(amount) <> 0) order by at`
  return select<object>(folder, query)
    .map((row) => JSON.stringify(row))
    .join('\n')
}

function select<T>(folder: string, query: string): T[] {
  const objects = join(folder, 'state/v3/d1/miniflare-D1DatabaseObject')
  const file = readdirSync(objects).find((name) => /^[0-9a-f]{64}\.sqlite$/.test(name))
  if (file === undefined) throw new Error(`no database in ${objects}`)
  const database = new DatabaseSync(join(objects, file), { readOnly: true })
  try {
    return database.prepare(query).all() as T[]
  } finally {
    database.close()
  }
}
