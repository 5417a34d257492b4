/** What the endpoints of the route table have in common. */
import type { Config, Route } from '../config/config.ts'
import type { Answer } from '../pipeline/answer.ts'
import { type Call, callerOf } from '../pipeline/call.ts'
import type { Isolate } from '../store/isolate.ts'

export interface EndpointContext {
  config: Config
  isolate: Isolate
  route: Route
}

/** Answers a route of the table, in the place where another route is proxied. */
export type Endpoint = (call: Call, context: EndpointContext) => Promise<Answer>

/** The account that the caller belongs to. Throws for a caller without one: such a route would be misconfigured. */
export function accountOf(call: Call): string {
  const caller = callerOf(call)
  if (!('accountId' in caller)) throw new Error('this endpoint needs an account')
  return caller.accountId
}
