/** May they do this? Only tokens have scopes: any other credential may do all that the route names. */
import type { Config, Route } from '../config/config.ts'
import { bearerChallenge } from '../credentials/unauthorizedChallenge.ts'
import { Problem } from '../http/problem.ts'
import { callerOf, type Stage } from '../pipeline/call.ts'

/** Throws insufficient_scope for a token without the route's scope, and names it (RFC 6750 section 3.1). */
export function authorize(route: Route & { scope: string }, config: Config): Stage {
  const challenge = bearerChallenge(route, config, 'insufficient_scope')
  return (next) => (call) => {
    const caller = callerOf(call)
    if (caller.kind === 'oauth' && !caller.scope.split(' ').includes(route.scope))
      throw new Problem('insufficient_scope', { headers: { 'www-authenticate': challenge } })
    return next(call)
  }
}
