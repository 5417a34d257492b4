/** Answers requests that have neither a route nor an endpoint. */
import { type Config, routesAt } from '../config/config.ts'
import { Problem } from '../http/problem.ts'
import type { Handler } from '../pipeline/call.ts'

/**
 * Throws `not_found` if no route matches the path. Throws `method_not_allowed`, with `Allow`, if
 * routes match the path but none takes the method (RFC 9110 section 15.5.6).
 */
export function noSuchRoute(config: Config): Handler {
  return ({ target }) => {
    const methods = routesAt(config, target.path).flatMap((route) => route.methods)
    if (methods.length === 0) throw new Problem('not_found')
    const allow = [...new Set(methods)].join(', ')
    throw new Problem('method_not_allowed', { headers: { allow } })
  }
}
