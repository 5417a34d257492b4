/** The runbook's commands of backup and restore, and of a leaked key, on a local database. */
import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { cpSync, mkdirSync, readdirSync, readFileSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { event, openTestLedger } from '../support/node/testLedger.ts'

const KEY = `xq_${'5'.repeat(64)}`
const WORKERS = ['.', 'payments', 'heartbeat']

let ledger: Awaited<ReturnType<typeof openTestLedger>>
beforeAll(async () => {
  ledger = await openTestLedger()
  await ledger.write(event('capture', 'challenge-1'), event('claim', "it's; --\n'challenge' 2 é"))
  const hash = createHash('sha256').update(KEY).digest('hex')
  await ledger.database.batch([
    ledger.database.prepare(
      `insert into accounts (id, email, plan, locale, created_at)
       values ('acc_1', 'a@b.example', 'active', 'en', 1)`,
    ),
    ledger.database
      .prepare(
        `insert into api_keys (account_id, name, prefix, hash, created_at)
         values ('acc_1', 'Nina''s key', 'xq_55555', ?, 1)`,
      )
      .bind(hash),
  ])
  // A folder of the project as wrangler sees it, with the test's database as its local one.
  for (const worker of WORKERS) {
    mkdirSync(join(ledger.folder, worker), { recursive: true })
    cpSync(join(worker, 'wrangler.toml'), join(ledger.folder, worker, 'wrangler.toml'))
  }
  mkdirSync(join(ledger.folder, '.wrangler'))
  symlinkSync(join(ledger.folder, 'state'), join(ledger.folder, '.wrangler/state'))
  symlinkSync(join(process.cwd(), 'node_modules'), join(ledger.folder, 'node_modules'))
})
afterAll(() => ledger?.end())

/** The commands of a section of the runbook. */
function commandsOf(title: string): string {
  const [, section = ''] = readFileSync('docs/runbook.md', 'utf8').split(`\n## ${title}\n`)
  const [text = ''] = section.split('\n## ')
  return [...text.matchAll(/```sh\n(.*?)```/gs)].map(([, block]) => block).join('')
}

async function sh(script: string): Promise<string> {
  const env = { ...process.env, KEY, CI: '1', WRANGLER_SEND_METRICS: 'false' }
  const running = promisify(execFile)('sh', ['-ec', script], { cwd: ledger.folder, env })
  return (await running).stdout
}

/** All tables, indexes and rows of each local database, the oldest database first. */
function contentsOf(folder: string) {
  const objects = join(folder, 'state/v3/d1/miniflare-D1DatabaseObject')
  const files = readdirSync(objects).filter((name) => /^[0-9a-f]{64}\.sqlite$/.test(name))
  return files.map((file) => {
    const database = new DatabaseSync(join(objects, file), { readOnly: true })
    const made = database
      .prepare(
        `select type, name, sql from sqlite_master
         where name not like 'sqlite_%' and name not like '_cf_%' order by name`,
      )
      .all() as { type: string; name: string; sql: string }[]
    const tables = made.filter(({ type }) => type === 'table')
    const rows = tables.map(({ name }) => [name, database.prepare(`select * from "${name}"`).all()])
    database.close()
    return { made, rows: Object.fromEntries(rows) as Record<string, object[]> }
  })
}

it('a restored database has every table, index and row: keys, ledger and sums', async () => {
  const [before] = contentsOf(ledger.folder)
  const commands = commandsOf('Backup and restore').replaceAll('--remote', '--local')
  // Only a deployment has these: the new database, a chain, and something to deploy.
  await sh(commands.replace(/^npx wrangler d1 create .*$|^npm run .*$/gm, ''))
  const both = contentsOf(ledger.folder)
  expect(both).toEqual([before, before])
  const { api_keys, ledger_entries, d1_migrations } = before?.rows ?? {}
  expect(api_keys).toHaveLength(1)
  expect(ledger_entries?.length).toBeGreaterThanOrEqual(4)
  expect(d1_migrations?.length).toBeGreaterThan(5)
})

/** The SQL of each command of wrangler in a section, as the shell has filled it in. */
async function sqlOf(title: string): Promise<string[]> {
  return (await sh(`npx() { shift 5; echo "$2"; }\n${commandsOf(title)}`)).trim().split('\n')
}

/** Enters one request into the usage of an account or payer. */
async function used(owner: string, credential: string, hour: number): Promise<void> {
  const sql = `insert into usage values (?, ?, ?, 'GET /trends', '2xx', 1)`
  await ledger.database.prepare(sql).bind(owner, hour, credential).run()
}

it('a leaked key is found and revoked with the key alone, and its usage is told', async () => {
  const [find = '', revoke = '', usage = ''] = await sqlOf('A leaked key')
  const { results } = await ledger.database.prepare(find).all()
  expect(results).toEqual([{ id: 1, account_id: 'acc_1', name: "Nina's key", last_used_at: null }])
  expect((await ledger.database.prepare(revoke).run()).meta.changes).toBe(1)
  expect((await ledger.database.prepare(revoke).run()).meta.changes).toBe(0)
  for (const key of ['key 1', 'key 2']) await used('acc_1', key, 494_000)
  expect((await ledger.database.prepare(usage).all()).results).toEqual([
    { since: '2026-05-10 08:00:00', route: 'GET /trends', status: '2xx', requests: 1 },
  ])
})

it('the calls of a payer are told', async () => {
  const [calls = ''] = await sqlOf('Calls of a payer')
  for (const [digit, hour] of [
    ['70', 494_000],
    ['71', 494_001],
  ] as const)
    await used(`0x${digit}997970c51812dc3a010c7d01b50e0d17dc79c8`, 'payment', hour)
  expect((await ledger.database.prepare(calls).all()).results).toEqual([
    { since: '2026-05-10 08:00:00', route: 'GET /trends', status: '2xx', requests: 1 },
  ])
})
