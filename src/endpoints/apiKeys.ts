/**
 * The account's API keys. The shipped config lets only a session call these endpoints, because a
 * leaked key must not mint or delete keys.
 */

import { shownPrefix } from '../credentials/apiKey.ts'
import { mintSecret } from '../credentials/minted.ts'
import { idempotencyKeyOf } from '../http/idempotencyKey.ts'
import { Problem } from '../http/problem.ts'
import { isoTime } from '../lib/time.ts'
import { type Answer, json } from '../pipeline/answer.ts'
import type { Call } from '../pipeline/call.ts'
import { tagKeysOf } from '../store/env.ts'
import { keyCreation } from './apiKeyInput.ts'
import { accountOf, type Endpoint, type EndpointContext } from './endpoint.ts'
import { readJsonBody } from './jsonBody.ts'
import { isFresh, type KeyWish, keyLimitReached, makeKeyOnce, newKey } from './keyCreation.ts'
import { tellOfKey } from './notice.ts'

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
  const key = newKey(accountOf(call), secret, wish)
  const created = await isolate.apiKeys.create(call.env, key, call.waitUntil)
  if (created === null) throw keyLimitReached(config)
  const { accountId, name, prefix } = key
  tellOfKey({ call, config, isolate }, { accountId, id: created.id, name, prefix })
  return createdAnswer(created.id, secret.value, key)
}

/** Creates the key that account and `Idempotency-Key` stand for, or answers with it again. */
async function createOnce(
  call: Call,
  { config, isolate }: EndpointContext,
  wish: KeyWish,
  idempotencyKey: string,
): Promise<Answer> {
  const accountId = accountOf(call)
  const made = await makeKeyOnce(call, config, isolate, { accountId, wish, idempotencyKey })
  const { earlier } = made
  if (earlier !== null && (!isFresh(earlier) || earlier.lastUsedAt !== null || made.wasUsedHere))
    throw new Problem('already_created', { fields: { id: made.id } })
  const prefix = shownPrefix(made.fullKey)
  tellOfKey({ call, config, isolate }, { accountId, id: made.id, name: made.name, prefix })
  return createdAnswer(made.id, made.fullKey, made)
}

/** The 201 of a new key. `expiresAt` is left out if the key does not expire. */
function createdAnswer(
  id: string,
  fullKey: string,
  { name, createdAt, expiresAt }: KeyWish & { createdAt: number },
): Answer {
  const times = { createdAt: isoTime(createdAt), expiresAt: optionalTime(expiresAt) }
  return json({ id, fullKey, prefix: shownPrefix(fullKey), name, ...times }, 201)
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

/** Whether a text has the form of a key's id. */
export const isKeyId = (text: string): boolean => /^[1-9][0-9]{0,17}$/.test(text)

/**
 * `DELETE /api-keys/:id`: revokes a key for good. Throws invalid_id, and not_found for a key that
 * is unknown, is revoked already, or belongs to another account: the answer must not tell which.
 */
export const revokeKey: Endpoint = async (call, { isolate }) => {
  const id = call.param('id')
  if (!isKeyId(id)) throw new Problem('invalid_id')
  if (!(await isolate.apiKeys.revoke(call.env, accountOf(call), id, call.waitUntil)))
    throw new Problem('not_found')
  return json({ success: true })
}
