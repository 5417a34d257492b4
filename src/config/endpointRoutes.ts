/** Checks the routes that the gateway answers itself: their method, their id and who may call. */
import type { EndpointName } from './file.ts'
import type { Pattern } from './pattern.ts'
import type { ParsedRoute } from './schema.ts'

/** The needs of each endpoint. A route that writes is never a GET, because links would call it. */
const NEEDS: Record<EndpointName, { writes: boolean; hasId: boolean }> = {
  'account.read': { writes: false, hasId: false },
  'account.update': { writes: true, hasId: false },
  'apiKeys.create': { writes: true, hasId: false },
  'apiKeys.list': { writes: false, hasId: false },
  'apiKeys.revoke': { writes: true, hasId: true },
  'grants.list': { writes: false, hasId: false },
  'grants.revoke': { writes: true, hasId: true },
}

/** The complaints about a route with an endpoint. */
export function endpointComplaints(
  { endpoint, auth, protocol }: ParsedRoute,
  pattern: Pattern,
): string[] {
  if (endpoint === undefined || protocol === 'mcp') return []
  const { writes, hasId } = NEEDS[endpoint]
  const reads = pattern.methods.filter((method) => method === 'GET' || method === 'HEAD')
  const complaints: string[] = []
  if (pattern.methods.includes('OPTIONS') || reads.length !== (writes ? 0 : pattern.methods.length))
    complaints.push(
      writes
        ? `endpoint: "${endpoint}" writes; name POST, PUT, PATCH or DELETE, and no other method`
        : `endpoint: "${endpoint}" only reads; write "GET" as the method`,
    )
  if (hasId && !pattern.segments.includes(':id'))
    complaints.push(`endpoint: "${endpoint}" needs an ":id" in the path, like "DELETE /keys/:id"`)
  if (auth.includes('anonymous'))
    complaints.push(
      `auth: "${endpoint}" is about the caller's account, which "anonymous" does not have`,
    )
  return complaints
}
