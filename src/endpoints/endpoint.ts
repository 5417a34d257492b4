/**
 * The type of an endpoint that a route of the table names: it answers where another route is
 * proxied.
 */
import type { Config, Route } from '../config/config.ts'
import type { Answer } from '../pipeline/answer.ts'
import { type Call, callerOf, type Handler } from '../pipeline/call.ts'
import type { Isolate } from '../store/isolate.ts'

export interface EndpointContext {
  config: Config
  isolate: Isolate
  route: Route
  /** Asks the origin whose answer the endpoint adds to its own; null if the route has none. */
  merged: Handler | null
}

/** Answers a call that the route's stages have let pass. Throws a Problem for every refusal. */
export type Endpoint = (call: Call, context: EndpointContext) => Promise<Answer>

/**
 * The id of the caller's account. Throws an Error, which the caller sees as internal_error, for a
 * caller without an account: the route's `auth` must not take such a caller.
 */
export function accountOf(call: Call): string {
  const caller = callerOf(call)
  if (!('accountId' in caller)) throw new Error('this endpoint needs an account')
  return caller.accountId
}
