/**
 * The account's API keys. The shipped config lets only a session call these endpoints, because a
 * leaked key must not mint or delete keys.
 */

import * as z from 'zod/mini'
import { shownPrefix } from '../credentials/apiKey.ts'
import { mintSecret } from '../credentials/minted.ts'
import { Problem } from '../http/problem.ts'
import { isoTime } from '../lib/time.ts'
import { json } from '../pipeline/answer.ts'
import { tagKeysOf } from '../store/env.ts'
import { accountOf, type Endpoint } from './endpoint.ts'
import { readJsonBody } from './jsonBody.ts'

const creation = z.strictObject({
  name: z._default(z.string().check(z.minLength(1), z.maxLength(100)), 'Default'),
})

/**
 * `POST /api-keys` with `{"name"?}`: 201 with the whole key, which no later answer can show. Throws
 * api_key_limit_reached, and what `readJsonBody` throws.
 */
export const createKey: Endpoint = async (call, { config, isolate, route }) => {
  const { name } = await readJsonBody(call, creation, route.bodyBytes)
  const tagKeys = await tagKeysOf(call.env)
  const { value: fullKey, hash } = await mintSecret('api_key', tagKeys, config.apiKeys.prefix)
  const prefix = shownPrefix(fullKey)
  const createdAt = Date.now()
  const key = { accountId: accountOf(call), name, prefix, hash, createdAt }
  const created = await isolate.apiKeys.create(call.env, key)
  const { limit } = config.apiKeys
  if (created === null) throw new Problem('api_key_limit_reached', { fields: { limit } })
  return json({ id: created.id, fullKey, prefix, name, createdAt: isoTime(createdAt) }, 201)
}

/**
 * `GET /api-keys`: 200 with the active keys and the last revoked ones, the newest first, without
 * their secrets.
 */
export const listKeys: Endpoint = async (call, { isolate }) => {
  const keys = await isolate.apiKeys.list(call.env, accountOf(call))
  return json({
    keys: keys.map(({ id, name, prefix, isActive, createdAt, lastUsedAt }) => ({
      id,
      name,
      prefix,
      isActive,
      createdAt: isoTime(createdAt),
      lastUsedAt: lastUsedAt === null ? undefined : isoTime(lastUsedAt),
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
