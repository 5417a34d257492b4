/**
 * Makes the tokens of one black-box case, as the authorization server issues them. Part of the lab.
 */
import type { DrizzleD1Database } from 'drizzle-orm/d1'
import type { Config } from '../../src/config/config.ts'
import { mintSecret } from '../../src/credentials/minted.ts'
import { randomHex } from '../../src/lib/bytes.ts'
import { oauthClients } from '../../src/store/oauth/clientSchema.ts'
import {
  oauthCodes,
  oauthGrants,
  oauthRequests,
  oauthTokens,
} from '../../src/store/oauth/schema.ts'

const HOUR_MS = 3_600_000

/** The statements that delete everything that refers to accounts. */
export function withoutTokens(db: DrizzleD1Database) {
  return [
    db.delete(oauthTokens),
    db.delete(oauthCodes),
    db.delete(oauthRequests),
    db.delete(oauthGrants),
    db.delete(oauthClients),
  ] as const
}

/**
 * Makes grants of an account, each with an access token. Returns the tokens by the names of the
 * cases.
 */
export async function seedTokens(
  db: DrizzleD1Database,
  config: Config,
  tagKeys: readonly CryptoKey[],
  accountId: string,
): Promise<Record<string, string>> {
  const { oauth } = config
  if (oauth === null) throw new Error('the lab issues no tokens')
  const now = Date.now()
  const right = {
    scope: oauth.resources.flatMap(({ scopes }) => Object.keys(scopes)).join(' '),
    resource: oauth.resources[0].url,
    endsAt: now + HOUR_MS,
    // As of the time when a token opened the API too: the cases use one token on both.
    audiences: oauth.resources.map(({ url }) => url).join(' '),
  }
  const tokens = {
    'token.a': right,
    // The gateway has one scope, so a token with another scope may do less.
    'token.readonly': { ...right, scope: 'other' },
    'token.expired': { ...right, endsAt: now - 1 },
    'token.otherAudience': { ...right, audiences: 'https://elsewhere.test/mcp' },
  }
  const seeded: Record<string, string> = {}
  for (const [name, { endsAt, ...terms }] of Object.entries(tokens)) {
    const id = randomHex(16)
    const secret = await mintSecret('access_token', tagKeys)
    const client = { clientId: crypto.randomUUID(), clientName: 'Seeded', refreshes: false }
    await db.batch([
      db.insert(oauthGrants).values({ id, accountId, ...client, ...terms, createdAt: now }),
      db
        .insert(oauthTokens)
        .values({ hash: secret.hash, kind: 'access', grantId: id, expiresAt: endsAt }),
    ])
    seeded[name] = secret.value
  }
  return seeded
}
