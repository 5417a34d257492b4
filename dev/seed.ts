/**
 * Creates the tables and the demo accounts in the local D1 and KV that `wrangler dev` opens later.
 */
import { createHash } from 'node:crypto'
import { convertV4MiniflareOptions, Miniflare } from 'miniflare'
import { readMigrations } from '../cli/migrations.ts'
import { shownPrefix } from '../src/credentials/apiKey.ts'
import { mintSecret } from '../src/credentials/minted.ts'
import { hourOf } from '../src/credentials/session.ts'
import { hmacKey } from '../src/lib/bytes.ts'

/** The ids in wrangler.toml: wrangler finds local storage by id. */
const DATABASE_ID = '00000000-0000-0000-0000-000000000000'
const NAMESPACE_ID = '00000000000000000000000000000000'
const SESSION_MS = 30 * 86_400_000

export interface DemoAccount {
  accountId: string
  email: string
  apiKey: string
  sessionToken: string
}

/** A demo account with a new API key and a new session token. `tagSecret` is KEY_TAG_SECRET. */
export async function makeAccount(
  accountId: string,
  email: string,
  tagSecret: string,
): Promise<DemoAccount> {
  const tagKeys = [await hmacKey(tagSecret)]
  const { value: apiKey } = await mintSecret('api_key', tagKeys, 'xq_')
  const { value: sessionToken } = await mintSecret('session', tagKeys)
  return { accountId, email, apiKey, sessionToken }
}

/** The account with its key behind another prefix: the table that runs says which one keys have. */
export function withPrefix(account: DemoAccount, prefix: string): DemoAccount {
  return { ...account, apiKey: prefix + account.apiKey.slice(-64) }
}

/**
 * Applies the migrations, creates accounts and keys that do not exist yet, renews the sessions, and
 * runs `sql`: statements with "; " between.
 */
export async function seed(
  statePath: string,
  accounts: readonly DemoAccount[],
  sql = '',
): Promise<void> {
  const miniflare = new Miniflare(
    convertV4MiniflareOptions({
      modules: true,
      script: 'export default { fetch: () => new Response() }',
      compatibilityDate: '2026-10-23',
      d1Databases: { DB: DATABASE_ID },
      kvNamespaces: { SESSIONS: NAMESPACE_ID },
      resourcePersistencePath: `${statePath}/v3`,
    }),
  )
  try {
    const db = await miniflare.getD1Database('DB')
    await migrate(db)
    const now = Date.now()
    for (const { accountId, email, apiKey, sessionToken } of accounts) {
      await db
        .prepare(
          `insert into accounts (id, email, plan, locale, created_at) values (?, ?, 'active', 'en', ?)
           on conflict do nothing`,
        )
        .bind(accountId, email, now)
        .run()
      await db
        .prepare(
          `insert into api_keys (account_id, name, prefix, hash, created_at) values (?, 'Demo', ?, ?, ?)
           on conflict do nothing`,
        )
        .bind(accountId, shownPrefix(apiKey), sha256Of(apiKey), now)
        .run()
      const sessions = await miniflare.getKVNamespace('SESSIONS')
      const session = { id: `demo-${accountId}`, accountId, createdAt: now, seenAt: now }
      const hash = sha256Of(sessionToken)
      await sessions.put(hash, JSON.stringify(session), { expirationTtl: SESSION_MS / 1000 })
      await db
        .prepare(
          `insert into sessions (hash, id, account_id, browser, place, created_at, seen_at, ends_at)
           values (?, ?, ?, 'npm run dev', '', ?, ?, ?) on conflict do update
           set created_at = excluded.created_at, seen_at = excluded.seen_at,
             ends_at = excluded.ends_at, ended_at = null`,
        )
        .bind(hash, session.id, accountId, now, hourOf(now), now + SESSION_MS)
        .run()
    }
    for (const statement of sql.split('; ')) if (statement !== '') await db.prepare(statement).run()
  } finally {
    await miniflare.dispose()
  }
}

type Database = Awaited<ReturnType<Miniflare['getD1Database']>>

/** Applies the migrations that are missing, and records them in the table that wrangler uses. */
async function migrate(db: Database): Promise<void> {
  await db.exec(
    'create table if not exists d1_migrations (id integer primary key autoincrement, name text unique, applied_at timestamp default current_timestamp not null)',
  )
  const { results } = await db.prepare('select name from d1_migrations').all<{ name: string }>()
  const applied = new Set(results.map(({ name }) => name))
  for (const { name, statements } of readMigrations()) {
    if (applied.has(name)) continue
    const note = db.prepare('insert into d1_migrations (name) values (?)').bind(name)
    await db.batch([...statements.map((statement) => db.prepare(statement)), note])
  }
}

function sha256Of(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}
