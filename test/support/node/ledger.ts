/** Reads the ledger of a local D1 while `npm run dev` has it open. */
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'

/**
 * The sum of all entries of each account, in the smallest unit. `folder` is the folder of `npm run
 * dev`.
 */
export function readLedger(folder: string): Map<string, number> {
  const query = 'select account, sum(amount) as total from ledger_entries group by account'
  const rows = select<{ account: string; total: number }>(folder, query)
  return new Map(rows.map(({ account, total }) => [account, total]))
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
