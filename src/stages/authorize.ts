/** May they do this? Only tokens have scopes: who is let in otherwise may do all that the row names. */

import type { Config, Route } from '../config/config.ts'
import { bearerChallenge } from '../credentials/invitation.ts'
import { Problem } from '../http/problem.ts'
import { callerOf, type Stage } from '../pipeline/context.ts'

/** Refuses a token without the row's scope, and says which one it lacks (RFC 6750 section 3.1). */
export function authorize(route: Route & { scope: string }, config: Config): Stage {
  const challenge = bearerChallenge(route, config, 'insufficient_scope')
  return async function authorize(c, next) {
    const caller = callerOf(c)
    if (caller.kind === 'oauth' && !caller.scope.split(' ').includes(route.scope))
      throw new Problem('insufficient_scope', { headers: { 'www-authenticate': challenge } })
    await next()
  }
}
