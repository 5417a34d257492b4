/** A local ledger into which a test writes any entries, and `npm run ledger` on that ledger. */
import { execFile } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { convertV4MiniflareOptions, Miniflare } from 'miniflare'
import { privateKeyToAddress } from 'viem/accounts'
import { CURRENCY, PAYER_PRIVATE_KEY } from '../../../dev/money.ts'
import { seed } from '../../../dev/seed.ts'
import { entriesOf, type LedgerEvent } from '../../../payments/ledger.ts'

declare global {
  /** The code of the store is written for Workers, which have this type everywhere. */
  type D1Database = import('@cloudflare/workers-types').D1Database
}

/** The id in wrangler.toml: wrangler finds local storage by id. */
const DATABASE_ID = '00000000-0000-0000-0000-000000000000'
const PAYER = privateKeyToAddress(PAYER_PRIVATE_KEY).toLowerCase()

export interface Ran {
  code: number | string | null | undefined
  stdout: string
  stderr: string
}

/** Makes an empty ledger in a folder of its own. */
export async function openTestLedger() {
  const folder = mkdtempSync(join(tmpdir(), 'turnpike-ledger-'))
  await seed(join(folder, 'state'), [])
  // The database stays open, as it does while `npm run dev` runs.
  const miniflare = new Miniflare(
    convertV4MiniflareOptions({
      modules: true,
      script: 'export default { fetch: () => new Response() }',
      compatibilityDate: '2026-10-23',
      d1Databases: { DB: DATABASE_ID },
      resourcePersistencePath: join(folder, 'state/v3'),
    }),
  )
  const database = await miniflare.getD1Database('DB')

  async function insert(entry: object): Promise<void> {
    const columns = Object.keys(entry).map((name) => `"${snake(name)}"`)
    const marks = columns.map(() => '?')
    await database
      .prepare(`insert into ledger_entries (${columns.join(', ')}) values (${marks.join(', ')})`)
      .bind(...Object.values(entry))
      .run()
  }

  return {
    folder,
    database,
    /** Inserts any entry. */
    insert,

    /** Inserts the entries of whole events. */
    async write(...events: LedgerEvent[]): Promise<void> {
      for (const entry of events.flatMap(entriesOf)) await insert(entry)
    },

    /** Deletes all entries, and writes a dev.json with this chain and this recipient. */
    async clear(rpcUrl: string, recipient: string): Promise<void> {
      writeFileSync(
        join(folder, 'dev.json'),
        JSON.stringify({ rpcUrl, recipient, currency: CURRENCY }),
      )
      await database.exec('delete from ledger_entries')
    },

    /** Runs `npm run ledger` to its end. */
    run(...args: string[]): Promise<Ran> {
      const settings = { env: { ...process.env, DEV_FOLDER: folder }, timeout: 30_000 }
      return new Promise((resolve) => {
        execFile(
          process.execPath,
          ['cli/ledger/main.ts', ...args],
          settings,
          (error, stdout, stderr) => {
            resolve({ code: error === null ? 0 : error.code, stdout, stderr })
          },
        )
      })
    },

    async end(): Promise<void> {
      await miniflare.dispose()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

/** An event of a payment or of a channel, with defaults. */
export function event(
  kind: LedgerEvent['kind'],
  challengeId: string,
  more: Partial<LedgerEvent> = {},
) {
  return {
    eventId: randomUUID(),
    kind,
    amount: '150',
    currency: CURRENCY,
    challengeId,
    row: 'GET /x/tweets/:id',
    payer: PAYER,
    mode: 'pull',
    transaction: null,
    requestId: `req_${randomUUID()}`,
    at: Date.now(),
    ...more,
  } satisfies LedgerEvent
}

/**
 * The lines of the report that say what is wrong. The last line, which counts them, has no ✗ in
 * front.
 */
export const wrong = ({ stdout }: Ran) => stdout.split('\n').filter((line) => line.startsWith('✗'))

const snake = (name: string) => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)
