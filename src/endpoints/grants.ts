/** What the account has let OAuth clients do. By session only: a token must not see or end other tokens. */
import { Problem } from '../http/problem.ts'
import { isoTime } from '../lib/time.ts'
import { accountOf, type Endpoint } from './endpoint.ts'

/** `GET /oauth/grants`: what is granted and still alive, the newest first. */
export const listGrants: Endpoint = async (c, { isolate }) => {
  const grants = await isolate.grants.list(c.env, accountOf(c), Date.now())
  return c.json({
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
export const revokeGrant: Endpoint = async (c, { isolate }) => {
  const id = c.req.param('id') ?? ''
  if (!/^grt_[0-9a-f]{24}$/.test(id)) throw new Problem('invalid_id')
  if (!(await isolate.tokens.endFamily(c.env, id, accountOf(c)))) throw new Problem('not_found')
  return c.json({ success: true })
}
