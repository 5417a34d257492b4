/** Creates API keys: for the API, and for the form of the dashboard. */

import type { Config } from '../config/config.ts'
import { shownPrefix } from '../credentials/apiKey.ts'
import { deriveSecrets, type MintedSecret } from '../credentials/minted.ts'
import { Problem } from '../http/problem.ts'
import type { Call } from '../pipeline/call.ts'
import { tagKeysOf } from '../store/env.ts'
import type { Isolate } from '../store/isolate.ts'
import type { CreatedKey, NewKey } from '../store/keys/apiKeyStatements.ts'

/** The time in which a repeated creation gets the key that the first one made, in milliseconds. */
const RETRY_MS = 600_000

/** The name and the end (epoch milliseconds; null: none) that a creation asks for. */
export interface KeyWish {
  name: string
  expiresAt: number | null
}

/** A key that was created, now or by an earlier request. */
export interface MadeKey extends KeyWish {
  id: string
  fullKey: string
  createdAt: number
  /** The key as it is stored, if an earlier request has created it; else null. */
  earlier: CreatedKey | null
  /** Whether this isolate knows a use of the key that D1 may not know yet. */
  wasUsedHere: boolean
}

/**
 * Creates the key that account and Idempotency-Key stand for, or finds it. Only the caller can say
 * whether a key that was created earlier may be shown again. Throws api_key_limit_reached,
 * idempotency_key_reused and service_unavailable.
 */
export async function makeKeyOnce(
  { env, waitUntil }: Call,
  config: Config,
  { apiKeys, hearts }: Isolate,
  asked: { accountId: string; wish: KeyWish; idempotencyKey: string },
): Promise<MadeKey> {
  const { accountId, wish, idempotencyKey } = asked
  const from = `${accountId}\n${idempotencyKey}`
  const tagKeys = await tagKeysOf(env)
  const secrets = await deriveSecrets('api_key', from, tagKeys, config.apiKeys.prefix)
  const [secret] = secrets
  if (secret === undefined) throw new Error('no key to tag with')
  const key = newKey(accountId, secret, wish)
  const hashes = secrets.map(({ hash }) => hash)
  let created = await apiKeys.createOnce(env, key, hashes)
  if (created !== null && 'earlier' in created) {
    // A use that D1 does not have yet ends the retries too.
    if ((await hearts.flush(env, accountId, waitUntil)) === null)
      throw new Problem('service_unavailable', { headers: { 'retry-after': '1' } })
    created = await apiKeys.createOnce(env, key, hashes)
  }
  if (created === null) throw keyLimitReached(config)
  if ('id' in created) {
    const { createdAt } = key
    const { id } = created
    return { ...wish, id, fullKey: secret.value, createdAt, earlier: null, wasUsedHere: false }
  }
  const { earlier } = created
  const made = secrets.find(({ hash }) => hash === earlier.hash)
  if (made === undefined) throw new Error('the key was found by another hash')
  if (earlier.name !== wish.name || earlier.expiresAt !== wish.expiresAt)
    throw new Problem('idempotency_key_reused')
  const { id, createdAt } = earlier
  const wasUsedHere = apiKeys.wasUsedHere(earlier.hash)
  return { ...wish, id, fullKey: made.value, createdAt, earlier, wasUsedHere }
}

/** Whether a key was created a short time ago and lives. */
export function isFresh({ isActive, createdAt }: CreatedKey): boolean {
  return isActive && Date.now() < createdAt + RETRY_MS
}

/** A key that is to be stored now. */
export function newKey(
  accountId: string,
  { value, hash }: MintedSecret,
  { name, expiresAt }: KeyWish,
): NewKey {
  return { accountId, name, prefix: shownPrefix(value), hash, createdAt: Date.now(), expiresAt }
}

export function keyLimitReached({ apiKeys }: Config): Problem {
  return new Problem('api_key_limit_reached', { fields: { limit: apiKeys.limit } })
}
