/** The methods that one of the gateway's own paths takes. */
import type { Hono } from 'hono/tiny'
import { Problem } from '../http/problem.ts'
import type { App } from '../pipeline/app.ts'
import type { Call } from '../pipeline/call.ts'

/** The methods that a handler of an own path may be for; Hono answers HEAD where it answers GET. */
const METHODS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']

/**
 * Throws method_not_allowed, with `Allow`, unless the call's method is one of these (RFC 9110
 * section 15.5.6).
 */
export function requireMethod(call: Call, ...methods: string[]): void {
  if (!methods.includes(call.method)) throw notAllowed(methods)
}

/**
 * Lets an app refuse what none of its handlers answers: method_not_allowed, with the methods that
 * its handlers of this path take, or not_found if there are none.
 */
export function refuseOthers(app: Hono<App>): void {
  app.notFound(({ req }) => {
    const taken = METHODS.filter((method) => app.router.match(method, req.path)[0].length > 0)
    if (taken.length === 0) throw new Problem('not_found')
    throw notAllowed(taken.flatMap((method) => (method === 'GET' ? ['GET', 'HEAD'] : method)))
  })
}

const notAllowed = (methods: string[]) =>
  new Problem('method_not_allowed', { headers: { allow: methods.join(', ') } })
