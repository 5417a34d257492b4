/** May they do this? Only OAuth tokens have scopes, so every other credential passes. */
import type { Config, Route } from '../config/config.ts'
import { bearerChallenge } from '../credentials/unauthorizedChallenge.ts'
import { Problem } from '../http/problem.ts'
import { callerOf, type Stage } from '../pipeline/call.ts'

/**
 * Throws `insufficient_scope` for a token without the route's scope. The challenge in the answer
 * names the scope (RFC 6750 section 3.1).
 */
export function authorize(route: Route & { scope: string }, config: Config): Stage {
  const challenge = bearerChallenge(route, config, 'insufficient_scope')
  return (next) => (call) => {
    const caller = callerOf(call)
    if (caller.kind === 'oauth' && !caller.scope.split(' ').includes(route.scope))
      throw new Problem('insufficient_scope', { headers: { 'www-authenticate': challenge } })
    return next(call)
  }
}
