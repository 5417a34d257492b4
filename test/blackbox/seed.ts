/** Makes the accounts, keys and sessions of one black-box case. Part of the lab, never deployed. */
import { drizzle } from 'drizzle-orm/d1'
import type { Config } from '../../src/config/config.ts'
import { shownPrefix } from '../../src/credentials/apiKey.ts'
import { mintSecret } from '../../src/credentials/minted.ts'
import type { SessionRecord } from '../../src/credentials/session.ts'
import { randomHex } from '../../src/lib/bytes.ts'
import { type Env, tagKeysOf } from '../../src/store/env.ts'
import { accounts, apiKeys } from '../../src/store/schema.ts'
import { sessions as sessionRows, signInLinks } from '../../src/store/signIn/schema.ts'
import { seedTokens, withoutTokens } from './seedTokens.ts'

const DAY_MS = 86_400_000
/** KV's shortest time to live, in seconds. */
const KV_TTL_S = 60

/**
 * Empties the tables and fills them again. Ids and secrets are new each time, because the isolate's
 * memory (leases, windows) outlives the rows. Returns the fixtures of the cases by name.
 */
export async function seed(env: Env, config: Config): Promise<Record<string, string>> {
  const now = Date.now()
  const tagKeys = await tagKeysOf(env)
  const [a, b, admin, off] = [newAccountId(), newAccountId(), newAccountId(), newAccountId()]
  const keys = {
    'key.a': await newKey(a),
    'key.b': await newKey(b),
    // Keys have no scopes, so this is a second key of the same account.
    'key.readonly': await newKey(a),
    'key.revoked': await newKey(a, now),
    // Keys do not expire, so this key was revoked long ago.
    'key.expired': await newKey(a, now - 30 * DAY_MS),
    'key.off': await newKey(off),
  }
  const beginnings: (typeof sessionRows.$inferInsert)[] = []
  const sessions = {
    'session.a': await newSession(a, now),
    'session.b': await newSession(b, now),
    'session.admin': await newSession(admin, now),
    'session.expired': await newSession(a, now - 31 * DAY_MS),
    'session.off': await newSession(off, now),
  }

  const db = drizzle(env.DB)
  await db.batch(withoutTokens(db))
  const [, , , , , , rows] = await db.batch([
    db.delete(apiKeys),
    db.delete(sessionRows),
    db.delete(accounts),
    db.delete(signInLinks),
    db.insert(accounts).values([a, b, admin, off].map(accountRow)),
    db.insert(sessionRows).values(beginnings),
    db
      .insert(apiKeys)
      .values(Object.values(keys).map(({ row }) => row))
      .returning({ id: apiKeys.id, hash: apiKeys.hash }),
  ])
  const keyIdA = rows.find(({ hash }) => hash === keys['key.a'].row.hash)?.id

  return {
    ...mapValues(keys, ({ secret }) => secret),
    ...sessions,
    'keyId.a': String(keyIdA),
    'user.a': a,
    'user.b': b,
    ...(await seedTokens(db, config, tagKeys, a)),
  }

  async function newKey(accountId: string, revokedAt: number | null = null) {
    const { value: secret, hash } = await mintSecret('api_key', tagKeys, config.apiKeys.prefix)
    const prefix = shownPrefix(secret)
    return { secret, row: { accountId, name: 'Seeded', prefix, hash, createdAt: now, revokedAt } }
  }

  async function newSession(accountId: string, seenAt: number): Promise<string> {
    const { value: token, hash } = await mintSecret('session', tagKeys)
    const record: SessionRecord = { id: randomHex(8), accountId, createdAt: seenAt, seenAt }
    const ttl = { expirationTtl: KV_TTL_S }
    await env.SESSIONS.put(hash, JSON.stringify(record), ttl)
    const [id, endsAt] = [record.id, seenAt + config.sessions.absoluteMs]
    const times = { createdAt: seenAt, seenAt, endsAt }
    beginnings.push({ hash, id, accountId, browser: '', place: '', ...times })
    return token
  }

  function accountRow(id: string) {
    const disabledAt = id === off ? now : null
    const email = `${id}@example.test`
    return { id, email, plan: 'active' as const, locale: 'en' as const, createdAt: now, disabledAt }
  }
}

function newAccountId(): string {
  return `usr_${randomHex(8)}`
}

function mapValues<Name extends string, From, To>(
  record: Record<Name, From>,
  change: (value: From) => To,
): Record<string, To> {
  const entries = Object.entries<From>(record).map(
    ([name, value]) => [name, change(value)] as const,
  )
  return Object.fromEntries(entries)
}
