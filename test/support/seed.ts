/** Accounts, keys and sessions in the test's own D1 and KV. */
import { createApiKey, shownPrefix } from '../../src/credentials/apiKey.ts'
import { createSessionToken } from '../../src/credentials/session.ts'
import { randomHex, sha256Hex } from '../../src/lib/bytes.ts'
import { secretsOf } from '../../src/store/env.ts'
import { env } from './gateway.ts'

/** A new account; nothing of another test is in it. */
export async function seedAccount(): Promise<string> {
  const id = `acc_${randomHex(8)}`
  await env.DB.prepare(
    `insert into accounts (id, email, plan, locale, created_at) values (?, ?, 'active', 'en', ?)`,
  )
    .bind(id, `${id}@example.com`, Date.now())
    .run()
  return id
}

export interface SeededKey {
  id: string
  key: string
  hash: string
}

/** A key of the account; `revoked` as it was before any isolate saw it. */
export async function seedKey(
  accountId: string,
  state: 'active' | 'revoked' = 'active',
): Promise<SeededKey> {
  const key = await createApiKey('xq_', (await secretsOf(env)).tagKeys)
  const hash = await sha256Hex(key)
  const row = await env.DB.prepare(
    `insert into api_keys (account_id, name, prefix, hash, created_at, revoked_at)
     values (?, 'Test', ?, ?, ?, ?) returning id`,
  )
    .bind(accountId, shownPrefix(key), hash, Date.now(), state === 'revoked' ? Date.now() : null)
    .first<{ id: number }>()
  return { id: String(row?.id), key, hash }
}

/** A session token of the account; times are epoch milliseconds. */
export async function seedSession(
  accountId: string,
  times: { createdAt?: number; seenAt?: number } = {},
): Promise<string> {
  const token = await createSessionToken((await secretsOf(env)).tagKeys)
  const now = Date.now()
  const record = { id: `ses_${randomHex(8)}`, accountId, createdAt: now, seenAt: now, ...times }
  await env.SESSIONS.put(await sha256Hex(token), JSON.stringify(record))
  return token
}

/** A token with our tag that no session belongs to. */
export async function unknownSession(): Promise<string> {
  return createSessionToken((await secretsOf(env)).tagKeys)
}

export const cookie = (token: string) => ({ cookie: `session_token=${token}` })
export const apiKey = (key: string) => ({ 'x-api-key': key })
