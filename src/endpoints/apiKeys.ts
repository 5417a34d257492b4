/** The account's API keys. By session only: a leaked key must not mint or delete keys. */

import * as z from 'zod/mini'
import { shownPrefix } from '../credentials/apiKey.ts'
import { mintSecret } from '../credentials/minted.ts'
import { Problem } from '../http/problem.ts'
import { isoTime } from '../lib/time.ts'
import { json } from '../pipeline/answer.ts'
import { secretsOf } from '../store/env.ts'
import { accountOf, type Endpoint } from './endpoint.ts'
import { readBody } from './jsonBody.ts'

const creation = z.strictObject({
  name: z._default(z.string().check(z.minLength(1), z.maxLength(100)), 'Default'),
})

/** `POST /api-keys`: 201 with the key in full, this once. */
export const createKey: Endpoint = async (call, { config, isolate, route }) => {
  const { name } = await readBody(call, creation, route.bodyBytes)
  const { tagKeys } = await secretsOf(call.env)
  const { value: fullKey, hash } = await mintSecret('api_key', tagKeys, config.apiKeys.prefix)
  const prefix = shownPrefix(fullKey)
  const createdAt = Date.now()
  const key = { accountId: accountOf(call), name, prefix, hash, createdAt }
  const created = await isolate.apiKeys.create(call.env, key)
  const { limit } = config.apiKeys
  if (created === null) throw new Problem('api_key_limit_reached', { fields: { limit } })
  return json({ id: created.id, fullKey, prefix, name, createdAt: isoTime(createdAt) }, 201)
}

/** `GET /api-keys`: what can be shown of each key. */
export const listKeys: Endpoint = async (call, { isolate }) => {
  const keys = await isolate.apiKeys.list(call.env, accountOf(call))
  return json({
    keys: keys.map(({ id, name, prefix, isActive, createdAt, lastUsedAt }) => ({
      id,
      name,
      prefix,
      isActive,
      createdAt: isoTime(createdAt),
      ...(lastUsedAt === null ? {} : { lastUsedAt: isoTime(lastUsedAt) }),
    })),
  })
}

/** `DELETE /api-keys/:id`: for good. An id of another account answers as one that never was. */
export const revokeKey: Endpoint = async (call, { isolate }) => {
  const id = call.param('id')
  if (!/^[1-9][0-9]{0,17}$/.test(id)) throw new Problem('invalid_id')
  if (!(await isolate.apiKeys.revoke(call.env, accountOf(call), id))) throw new Problem('not_found')
  return json({ success: true })
}
