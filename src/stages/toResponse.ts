/** The one way to fail: a Problem becomes the contract's JSON. */
import type { ErrorHandler, NotFoundHandler } from 'hono'
import { type Config, routesAt } from '../config/config.ts'
import { rpcErrorBody } from '../http/jsonRpc.ts'
import { asProblem, Problem } from '../http/problem.ts'
import type { App } from '../pipeline/context.ts'

/**
 * Anything thrown → `{"error","message",…}`, or JSON-RPC's form of it on a row that speaks MCP. What is not a
 * Problem is `internal_error`; its cause is only logged.
 */
export const toResponse: ErrorHandler<App> = function toResponse(error, c) {
  const problem = asProblem(error)
  const body =
    c.get('route')?.protocol === 'mcp'
      ? rpcErrorBody(problem)
      : { error: problem.code, message: problem.message, ...problem.fields }
  const headers = { 'cache-control': 'no-store', ...problem.headers }
  return Response.json(body, { status: problem.status, headers })
}

/** No row has this path: 404. A row has, but not with this method: 405 with `Allow` (RFC 9110 section 15.5.6). */
export function noSuchRoute(config: Config): NotFoundHandler<App> {
  return function noSuchRoute(c) {
    const allowed = new Set(
      routesAt(config, c.get('target').path).flatMap((route) => route.methods),
    )
    const problem =
      allowed.size === 0
        ? new Problem('not_found')
        : new Problem('method_not_allowed', { headers: { allow: [...allowed].join(', ') } })
    // Thrown from here it would end `cors` before that has added its headers.
    c.error = problem
    return toResponse(problem, c)
  }
}
