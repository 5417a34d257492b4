/**
 * The account's grants: what it allows OAuth clients to do. The shipped config lets only a session
 * call these endpoints, because a token must not see or end other tokens.
 */

import { Problem } from '../http/problem.ts'
import { isoTime } from '../lib/time.ts'
import { json } from '../pipeline/answer.ts'
import { accountOf, type Endpoint } from './endpoint.ts'

/** `GET /oauth/grants`: 200 with the grants that still have a valid token, the newest first. */
export const listGrants: Endpoint = async (call, { isolate }) => {
  await isolate.hearts.flush(call.env, accountOf(call), call.waitUntil)
  const grants = await isolate.grants.list(call.env, accountOf(call), Date.now())
  return json({
    grants: grants.map(({ id, clientId, clientName, createdAt, lastUsedAt, ...granted }) => ({
      id,
      client: { id: clientId, name: clientName },
      scope: granted.scope,
      resource: granted.resource,
      // One URL, or two for a grant of the time when a token opened the API too.
      opens: granted.audiences.split(' '),
      createdAt: isoTime(createdAt),
      lastUsedAt: lastUsedAt === null ? undefined : isoTime(lastUsedAt),
    })),
  })
}

/** Whether a text has the form of a grant's id. */
export const isGrantId = (text: string): boolean => /^grt_[0-9a-f]{24}$/.test(text)

/**
 * `DELETE /oauth/grants/:id`: ends a grant and all of its tokens. Throws invalid_id, and not_found
 * for a grant that is unknown, has ended, or belongs to another account: the answer must not tell
 * which.
 */
export const revokeGrant: Endpoint = async (call, { isolate }) => {
  const id = call.param('id')
  if (!isGrantId(id)) throw new Problem('invalid_id')
  if (!(await isolate.tokens.endFamily(call.env, id, call.waitUntil, accountOf(call))))
    throw new Problem('not_found')
  return json({ success: true })
}
