/** What the endpoints of the route table have in common. */

import type { Config, Route } from '../config/config.ts'
import { type AppContext, callerOf } from '../pipeline/context.ts'
import type { Isolate } from '../store/isolate.ts'

export interface EndpointContext {
  config: Config
  isolate: Isolate
  route: Route
}

/** Answers a row of the table, in the place where another row is proxied. */
export type Endpoint = (c: AppContext, served: EndpointContext) => Promise<Response>

/** The account that the caller belongs to. Throws for nobody: such a row would be misconfigured. */
export function accountOf(c: AppContext): string {
  const caller = callerOf(c)
  if (!('accountId' in caller)) throw new Error('this endpoint needs an account')
  return caller.accountId
}
