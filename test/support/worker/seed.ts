/** Accounts, keys, sessions and tokens in the test's own D1 and KV, and headers to present them. */
import { shownPrefix } from '../../../src/credentials/apiKey.ts'
import { mintSecret } from '../../../src/credentials/minted.ts'
import { hourOf } from '../../../src/credentials/session.ts'
import { randomHex } from '../../../src/lib/bytes.ts'
import { tagKeysOf } from '../../../src/store/env.ts'
import { env } from './gateway.ts'

/** The longest life of a session in the shipped config, in milliseconds. */
const SESSION_MS = 30 * 86_400_000

/** A new account, which no other test uses. */
export async function seedAccount(): Promise<string> {
  const id = `acc_${randomHex(12)}`
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

/** A new key of the account; a `revoked` key is revoked before any isolate has seen it. */
export async function seedKey(
  accountId: string,
  state: 'active' | 'revoked' = 'active',
): Promise<SeededKey> {
  const { value: key, hash } = await mintSecret('api_key', await tagKeysOf(env), 'xq_')
  const row = await env.DB.prepare(
    `insert into api_keys (account_id, name, prefix, hash, created_at, revoked_at)
     values (?, 'Test', ?, ?, ?, ?) returning id`,
  )
    .bind(accountId, shownPrefix(key), hash, Date.now(), state === 'revoked' ? Date.now() : null)
    .first<{ id: number }>()
  return { id: String(row?.id), key, hash }
}

/** A new session token of the account; `times` are epoch milliseconds. */
export async function seedSession(
  accountId: string,
  times: { createdAt?: number; seenAt?: number } = {},
): Promise<string> {
  const { value: token, hash } = await mintSecret('session', await tagKeysOf(env))
  const now = Date.now()
  const record = { id: `ses_${randomHex(12)}`, accountId, createdAt: now, seenAt: now, ...times }
  await env.SESSIONS.put(hash, JSON.stringify(record))
  await env.DB.prepare(
    `insert into sessions (hash, id, account_id, browser, place, created_at, seen_at, ends_at)
     values (?, ?, ?, 'Firefox, Linux', 'Izmir, TR', ?, ?, ?)`,
  )
    .bind(
      hash,
      record.id,
      accountId,
      record.createdAt,
      hourOf(record.seenAt),
      record.createdAt + SESSION_MS,
    )
    .run()
  return token
}

/** A new access token of the account, as the gateway issues it; `columns` changes its grant. */
export async function seedToken(
  accountId: string,
  columns: { scope?: string; audiences?: string; resource?: string } = {},
): Promise<{ token: string; grantId: string; clientId: string }> {
  const { value: token, hash } = await mintSecret('access_token', await tagKeysOf(env))
  const [grantId, clientId, now] = [`grt_${randomHex(12)}`, crypto.randomUUID(), Date.now()]
  const resource = 'https://xquik.com/mcp'
  const grant = { scope: 'mcp:tools', resource, audiences: `${resource} https://xquik.com/api/v1` }
  const { scope, audiences, ...rest } = { ...grant, ...columns }
  await env.DB.batch([
    env.DB.prepare(
      `insert into oauth_grants
         (id, account_id, client_id, client_name, scope, resource, audiences, refreshes, created_at)
       values (?, ?, ?, 'Test', ?, ?, ?, 1, ?)`,
    ).bind(grantId, accountId, clientId, scope, rest.resource, audiences, now),
    env.DB.prepare(
      `insert into oauth_tokens (hash, kind, grant_id, expires_at) values (?, 'access', ?, ?)`,
    ).bind(hash, grantId, now + 86_400_000),
  ])
  return { token, grantId, clientId }
}

/** A session token with our tag, but without a session. */
export async function unknownSession(): Promise<string> {
  return (await mintSecret('session', await tagKeysOf(env))).value
}

export const cookie = (token: string) => ({ cookie: `session_token=${token}` })
export const bearer = (token: string) => ({ authorization: `Bearer ${token}` })
export const apiKey = (key: string) => ({ 'x-api-key': key })
