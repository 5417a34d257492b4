/** The account's API keys. By session only: a leaked key must not mint or delete keys. */
import * as z from 'zod/mini'
import { createApiKey, shownPrefix } from '../credentials/apiKey.ts'
import { Problem } from '../http/problem.ts'
import { sha256Hex } from '../lib/bytes.ts'
import { isoTime } from '../lib/time.ts'
import { secretsOf } from '../store/env.ts'
import { readBody } from './body.ts'
import { accountOf, type Endpoint } from './endpoint.ts'

const creation = z.strictObject({
  name: z._default(z.string().check(z.minLength(1), z.maxLength(100)), 'Default'),
})

/** `POST /api-keys`: 201 with the key in full, this once. */
export const createKey: Endpoint = async (c, { config, isolate, route }) => {
  const { name } = await readBody(c.req.raw, creation, route.bodyBytes)
  const fullKey = await createApiKey(config.apiKeys.prefix, (await secretsOf(c.env)).tagKeys)
  const prefix = shownPrefix(fullKey)
  const createdAt = Date.now()
  const key = { accountId: accountOf(c), name, prefix, hash: await sha256Hex(fullKey), createdAt }
  const created = await isolate.apiKeys.create(c.env, key)
  const { limit } = config.apiKeys
  if (created === null) throw new Problem('api_key_limit_reached', { fields: { limit } })
  return c.json({ id: created.id, fullKey, prefix, name, createdAt: isoTime(createdAt) }, 201)
}

/** `GET /api-keys`: what can be shown of each key. */
export const listKeys: Endpoint = async (c, { isolate }) => {
  const keys = await isolate.apiKeys.list(c.env, accountOf(c))
  return c.json({
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
export const revokeKey: Endpoint = async (c, { isolate }) => {
  const id = c.req.param('id') ?? ''
  if (!/^[1-9][0-9]{0,17}$/.test(id)) throw new Problem('invalid_id')
  if (!(await isolate.apiKeys.revoke(c.env, accountOf(c), id))) throw new Problem('not_found')
  return c.json({ success: true })
}
