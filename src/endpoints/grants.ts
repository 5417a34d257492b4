/** What the account has let OAuth clients do. By session only: a token must not see or end other tokens. */

import { Problem } from '../http/problem.ts'
import { isoTime } from '../lib/time.ts'
import { json } from '../pipeline/answer.ts'
import { accountOf, type Endpoint } from './endpoint.ts'

/** `GET /oauth/grants`: what is granted and still alive, the newest first. */
export const listGrants: Endpoint = async (call, { isolate }) => {
  const grants = await isolate.grants.list(call.env, accountOf(call), Date.now())
  return json({
    grants: grants.map(({ id, clientId, clientName, scope, resource, createdAt, lastUsedAt }) => ({
      id,
      client: { id: clientId, name: clientName },
      scope,
      resource,
      createdAt: isoTime(createdAt),
      ...(lastUsedAt === null ? {} : { lastUsedAt: isoTime(lastUsedAt) }),
    })),
  })
}

/** `DELETE /oauth/grants/:id`: ends it with all its tokens. Another account's answers as one that never was. */
export const revokeGrant: Endpoint = async (call, { isolate }) => {
  const id = call.param('id')
  if (!/^grt_[0-9a-f]{24}$/.test(id)) throw new Problem('invalid_id')
  if (!(await isolate.tokens.endFamily(call.env, id, accountOf(call))))
    throw new Problem('not_found')
  return json({ success: true })
}
