/**
 * Reads all entries of a ledger: from the local D1 of `npm run dev`, or from a deployed D1 through
 * wrangler.
 */
import { execFile } from 'node:child_process'
import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { fileURLToPath } from 'node:url'
import { z } from 'zod'
import { CannotRun } from '../cannotRun.ts'
import { type Entry, pageQuery, parseEntry } from './entry.ts'

/** How many entries one query asks for. */
const PAGE_SIZE = 5_000
/** How long to wait, in milliseconds, while a running gateway writes. */
const BUSY_MS = 5_000

/** Runs one SQL query and resolves to its rows. */
export type Query = (sql: string) => Promise<unknown[]>

/**
 * All entries, the oldest first. The entries add up even if more are written meanwhile, because ids
 * only grow and all entries of an event are written at once.
 */
export async function* readEntries(query: Query): AsyncGenerator<Entry> {
  for (let lastId = 0, more = true; more; ) {
    const rows = await query(pageQuery(lastId, PAGE_SIZE))
    for (const row of rows) {
      const entry = parseEntry(row)
      lastId = entry.id
      yield entry
    }
    more = rows.length === PAGE_SIZE
  }
}

/**
 * Opens the local ledger read-only, even while `npm run dev` runs. Throws CannotRun if there is
 * none.
 */
export function openLocal(devFolder: string): Query {
  const folder = join(devFolder, 'state/v3/d1/miniflare-D1DatabaseObject')
  const files = existsSync(folder)
    ? readdirSync(folder).filter((name) => /^[0-9a-f]+\.sqlite$/.test(name))
    : []
  const ledgers = files.map((name) => open(join(folder, name))).filter(hasLedger)
  const [ledger, ...others] = ledgers
  if (ledger === undefined) {
    throw new CannotRun(
      `There is no ledger in ${devFolder}: npm run dev makes one. --remote reads a deployed one.`,
    )
  }
  if (others.length > 0) throw new CannotRun(`There are ${ledgers.length} ledgers in ${folder}.`)
  return async (sql) => ledger.prepare(sql).all()
}

function open(file: string): DatabaseSync {
  try {
    return new DatabaseSync(file, { readOnly: true, timeout: BUSY_MS })
  } catch (error) {
    throw new CannotRun(`${file} cannot be opened: ${error instanceof Error ? error.message : ''}`)
  }
}

function hasLedger(database: DatabaseSync): boolean {
  const query = "select 1 from sqlite_master where type = 'table' and name = 'ledger_entries'"
  const found = database.prepare(query).get() !== undefined
  if (!found) database.close()
  return found
}

const answerSchema = z.array(z.object({ results: z.array(z.unknown()) })).length(1)
const failureSchema = z.object({ error: z.object({ text: z.string() }) })

/**
 * Queries the deployed D1 as the account that is signed in to wrangler. Throws CannotRun if that
 * fails.
 */
export const queryRemote: Query = async (sql) => {
  const root = new URL('../../..', import.meta.url)
  const wrangler = fileURLToPath(new URL('node_modules/wrangler/bin/wrangler.js', root))
  const args = [wrangler, 'd1', 'execute', 'DB', '--remote', '--json', '--command', sql]
  const env = { ...process.env, WRANGLER_SEND_METRICS: 'false', WRANGLER_HIDE_BANNER: 'true' }
  const settings = { cwd: fileURLToPath(root), env, maxBuffer: 2 ** 28 }
  const { failed, stdout, stderr } = await new Promise<Ran>((resolve) => {
    execFile(process.execPath, args, settings, (error, stdout, stderr) => {
      resolve({ failed: error !== null, stdout, stderr })
    })
  })
  const answer = parseLedgerJson(stdout)
  const answered = answerSchema.safeParse(answer)
  const [result] = answered.data ?? []
  if (!failed && result !== undefined) return result.results
  const said = failureSchema.safeParse(answer).data?.error.text ?? (stderr.trim() || stdout.trim())
  throw new CannotRun(`wrangler could not read the deployed ledger: ${said}`)
}

interface Ran {
  failed: boolean
  stdout: string
  stderr: string
}

function parseLedgerJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}
