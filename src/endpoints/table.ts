/** The endpoints that rows of the route table name. */

import type { Config, Route } from '../config/config.ts'
import type { EndpointName } from '../config/file.ts'
import type { Stage } from '../pipeline/context.ts'
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

/** The last stage of a row that the gateway answers itself. Nothing of it is for caches. */
export function answer(route: Route, name: EndpointName, config: Config, isolate: Isolate): Stage {
  return async function answer(c) {
    const response = await ENDPOINTS[name](c, { config, isolate, route })
    response.headers.set('cache-control', 'no-store')
    return response
  }
}
