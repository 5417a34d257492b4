/** The endpoints that routes of the table name, by the name that the config writes. */

import type { Config, Route } from '../config/config.ts'
import type { EndpointName } from '../config/file.ts'
import type { Handler } from '../pipeline/call.ts'
import type { Isolate } from '../store/isolate.ts'
import { readAccount, updateAccount } from './account.ts'
import { createKey, listKeys, revokeKey } from './apiKeys.ts'
import type { Endpoint } from './endpoint.ts'
import { listGrants, revokeGrant } from './grants.ts'

const ENDPOINTS: Record<EndpointName, Endpoint> = {
  'account.read': readAccount,
  'account.update': updateAccount,
  'apiKeys.create': createKey,
  'apiKeys.list': listKeys,
  'apiKeys.revoke': revokeKey,
  'grants.list': listGrants,
  'grants.revoke': revokeGrant,
}

/**
 * The end of the pipeline of a route whose target is an endpoint, as `proxy` is for an origin.
 * `merged` asks the origin whose answer the endpoint adds to its own.
 */
export function endpoint(
  route: Route,
  name: EndpointName,
  config: Config,
  isolate: Isolate,
  merged: Handler | null,
): Handler {
  const context = { config, isolate, route, merged }
  return (call) => ENDPOINTS[name](call, context)
}
