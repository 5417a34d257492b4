/**
 * The account's API keys. The shipped config lets only a session call these endpoints, because a
 * leaked key must not mint or delete keys.
 */

import { shownPrefix } from '../credentials/apiKey.ts'
import { deriveSecrets, type MintedSecret, mintSecret } from '../credentials/minted.ts'
import { idempotencyKeyOf } from '../http/idempotencyKey.ts'
import { Problem } from '../http/problem.ts'
import { isoTime } from '../lib/time.ts'
import { type Answer, json } from '../pipeline/answer.ts'
import type { Call } from '../pipeline/call.ts'
import { tagKeysOf } from '../store/env.ts'
import type { CreatedKey } from '../store/keys/apiKeyStatements.ts'
import { keyCreation } from './apiKeyInput.ts'
import { accountOf, type Endpoint, type EndpointContext } from './endpoint.ts'
import { readJsonBody } from './jsonBody.ts'

/** The time in which a repeated creation gets the key that the first one made, in milliseconds. */
const RETRY_MS = 600_000

/** The name and the end (epoch milliseconds; null: none) that a creation asks for. */
interface Wish {
  name: string
  expiresAt: number | null
}

/**
 * `POST /api-keys` with `{"name"?, "expiresAt"?}`: 201 with the whole key. With an
 * `Idempotency-Key` the same request gets the same answer again for 10 minutes, as long as the key
 * has not been used. Throws `api_key_limit_reached`, `already_created`, `idempotency_key_reused`,
 * and what `readJsonBody` throws.
 */
export const createKey: Endpoint = async (call, context) => {
  const idempotencyKey = idempotencyKeyOf(call.headers)
  const body = await readJsonBody(call, keyCreation, context.route.bodyBytes)
  const wish = { name: body.name, expiresAt: body.expiresAt ?? null }
  if (idempotencyKey !== undefined) return createOnce(call, context, wish, idempotencyKey)
  const { config, isolate } = context
  const secret = await mintSecret('api_key', await tagKeysOf(call.env), config.apiKeys.prefix)
  const key = newKey(call, secret, wish)
  const created = await isolate.apiKeys.create(call.env, key, call.waitUntil)
  if (created === null) throw limitReached(context)
  return createdAnswer(created.id, secret, key)
}

/** Creates the key that account and `Idempotency-Key` stand for, or answers with it again. */
async function createOnce(
  call: Call,
  context: EndpointContext,
  wish: Wish,
  idempotencyKey: string,
): Promise<Answer> {
  const { config, isolate } = context
  const from = `${accountOf(call)}\n${idempotencyKey}`
  const tagKeys = await tagKeysOf(call.env)
  const secrets = await deriveSecrets('api_key', from, tagKeys, config.apiKeys.prefix)
  const [secret] = secrets
  if (secret === undefined) throw new Error('no key to tag with')
  const key = newKey(call, secret, wish)
  const hashes = secrets.map(({ hash }) => hash)
  let created = await isolate.apiKeys.createOnce(call.env, key, hashes)
  if (created !== null && 'earlier' in created) {
    // A use that D1 does not have yet ends the retries too.
    if (!(await isolate.hearts.flush(call.env, key.accountId, call.waitUntil)))
      throw new Problem('service_unavailable', { headers: { 'retry-after': '1' } })
    created = await isolate.apiKeys.createOnce(call.env, key, hashes)
  }
  if (created === null) throw limitReached(context)
  if ('id' in created) return createdAnswer(created.id, secret, key)
  const { earlier } = created
  const made = secrets.find(({ hash }) => hash === earlier.hash)
  if (made === undefined) throw new Error('the key was found by another hash')
  if (earlier.name !== wish.name || earlier.expiresAt !== wish.expiresAt)
    throw new Problem('idempotency_key_reused')
  if (!isUnseen(earlier) || isolate.apiKeys.wasUsedHere(earlier.hash))
    throw new Problem('already_created', { fields: { id: earlier.id } })
  return createdAnswer(earlier.id, made, earlier)
}

/** Whether nobody need have seen a key: it was created a short time ago, lives, and is unused. */
function isUnseen({ isActive, lastUsedAt, createdAt }: CreatedKey): boolean {
  return isActive && lastUsedAt === null && Date.now() < createdAt + RETRY_MS
}

function newKey(call: Call, { value, hash }: MintedSecret, { name, expiresAt }: Wish) {
  const createdAt = Date.now()
  return {
    accountId: accountOf(call),
    name,
    prefix: shownPrefix(value),
    hash,
    createdAt,
    expiresAt,
  }
}

/** The 201 of a new key. `expiresAt` is left out if the key does not expire. */
function createdAnswer(
  id: string,
  { value: fullKey }: MintedSecret,
  { name, createdAt, expiresAt }: Wish & { createdAt: number },
): Answer {
  const times = { createdAt: isoTime(createdAt), expiresAt: optionalTime(expiresAt) }
  return json({ id, fullKey, prefix: shownPrefix(fullKey), name, ...times }, 201)
}

function limitReached({ config }: EndpointContext): Problem {
  return new Problem('api_key_limit_reached', { fields: { limit: config.apiKeys.limit } })
}

const optionalTime = (ms: number | null) => (ms === null ? undefined : isoTime(ms))

/**
 * `GET /api-keys`: 200 with the active keys and the last of the others, the newest first, without
 * their secrets.
 */
export const listKeys: Endpoint = async (call, { isolate }) => {
  await isolate.hearts.flush(call.env, accountOf(call), call.waitUntil)
  const keys = await isolate.apiKeys.list(call.env, accountOf(call))
  return json({
    keys: keys.map(({ id, name, prefix, isActive, createdAt, lastUsedAt, expiresAt }) => ({
      id,
      name,
      prefix,
      isActive,
      createdAt: isoTime(createdAt),
      lastUsedAt: optionalTime(lastUsedAt),
      expiresAt: optionalTime(expiresAt),
    })),
  })
}

/**
 * `DELETE /api-keys/:id`: revokes a key for good. Throws invalid_id, and not_found for a key that
 * is unknown, is revoked already, or belongs to another account: the answer must not tell which.
 */
export const revokeKey: Endpoint = async (call, { isolate }) => {
  const id = call.param('id')
  if (!/^[1-9][0-9]{0,17}$/.test(id)) throw new Problem('invalid_id')
  if (!(await isolate.apiKeys.revoke(call.env, accountOf(call), id))) throw new Problem('not_found')
  return json({ success: true })
}
