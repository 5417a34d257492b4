/** What the endpoints of the route table have in common. */

import type { Gateway, Route } from '../config/gateway.ts'
import { type AppContext, callerOf } from '../pipeline/context.ts'
import type { Isolate } from '../store/isolate.ts'

export interface Served {
  gateway: Gateway
  isolate: Isolate
  route: Route
}

/** Answers a row of the table, in the place where another row is proxied. */
export type Endpoint = (c: AppContext, served: Served) => Promise<Response>

/** The account that the caller belongs to. Throws for nobody: such a row would be misconfigured. */
export function accountOf(c: AppContext): string {
  const caller = callerOf(c)
  if (!('accountId' in caller)) throw new Error('this endpoint needs an account')
  return caller.accountId
}
