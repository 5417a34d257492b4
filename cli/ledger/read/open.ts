/** Opens a ledger: the local D1 of `npm run dev`, or a deployed D1 through wrangler. */
import { execFile } from 'node:child_process'
import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { fileURLToPath } from 'node:url'
import { z } from 'zod'
import type { Ask, Query } from '../../../src/store/ledger/reportStatements.ts'
import { CannotRun } from '../cannotRun.ts'

/** How long to wait, in milliseconds, while a running gateway writes. */
const BUSY_MS = 5_000

/**
 * Opens the local ledger, even while `npm run dev` runs; without `writes` read-only. Throws
 * CannotRun if there is none.
 */
export function openLocal(devFolder: string, writes = false): Ask {
  const folder = join(devFolder, 'state/v3/d1/miniflare-D1DatabaseObject')
  const files = existsSync(folder)
    ? readdirSync(folder).filter((name) => /^[0-9a-f]+\.sqlite$/.test(name))
    : []
  const ledgers = files.map((name) => open(join(folder, name), !writes)).filter(hasLedger)
  const [ledger, ...others] = ledgers
  if (ledger === undefined) {
    throw new CannotRun(
      `There is no ledger in ${devFolder}: npm run dev makes one. --remote reads a deployed one.`,
    )
  }
  if (others.length > 0) throw new CannotRun(`There are ${ledgers.length} ledgers in ${folder}.`)
  if (!hasTable(ledger, 'ledger_sums'))
    throw new CannotRun('The ledger is of an older version: start npm run dev once.')
  return async ({ sql, params }) => ledger.prepare(sql).all(...params)
}

function open(file: string, readOnly: boolean): DatabaseSync {
  try {
    return new DatabaseSync(file, { readOnly, timeout: BUSY_MS })
  } catch (error) {
    throw new CannotRun(`${file} cannot be opened: ${error instanceof Error ? error.message : ''}`)
  }
}

function hasLedger(database: DatabaseSync): boolean {
  const found = hasTable(database, 'ledger_entries')
  if (!found) database.close()
  return found
}

function hasTable(database: DatabaseSync, name: string): boolean {
  const query = "select 1 from sqlite_master where type = 'table' and name = ?"
  return database.prepare(query).get(name) !== undefined
}

const answerSchema = z.array(z.object({ results: z.array(z.unknown()) })).length(1)
const failureSchema = z.object({ error: z.object({ text: z.string() }) })

/**
 * Queries the deployed D1 as the account that is signed in to wrangler. Throws CannotRun if that
 * fails.
 */
export const queryRemote: Ask = async (query) => {
  const root = new URL('../../..', import.meta.url)
  const wrangler = fileURLToPath(new URL('node_modules/wrangler/bin/wrangler.js', root))
  const args = [wrangler, 'd1', 'execute', 'DB', '--remote', '--json', '--command', inlined(query)]
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

/**
 * A query with its values in the text, because wrangler binds none. No statement has a question
 * mark that is not for a value.
 */
export function inlined({ sql, params }: Query): string {
  const values = params.map((value) =>
    typeof value === 'number' ? String(value) : `'${value.replaceAll("'", "''")}'`,
  )
  return sql.replaceAll('?', () => values.shift() ?? 'null')
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
