/** May they do this? Only tokens have scopes: who is let in otherwise may do all that the row names. */
import { callerOf, type Stage } from '../context.ts'
import { bearerChallenge } from '../credentials/invitation.ts'
import type { Gateway, Route } from '../lib/gateway.ts'
import { Problem } from '../lib/problem.ts'

/** Refuses a token without the row's scope, and says which one it lacks (RFC 6750 section 3.1). */
export function authorize(route: Route & { scope: string }, gateway: Gateway): Stage {
  const challenge = bearerChallenge(route, gateway, 'insufficient_scope')
  return async function authorize(c, next) {
    const caller = callerOf(c)
    if (caller.kind === 'oauth' && !caller.scope.split(' ').includes(route.scope))
      throw new Problem('insufficient_scope', { headers: { 'www-authenticate': challenge } })
    await next()
  }
}
