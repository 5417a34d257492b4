/** How the authorization server answers programs: JSON, for no cache, errors in the form of RFC 6749 section 5.2. */
import type { ErrorHandler } from 'hono'
import type { Parameters } from '../../credentials/oauth/parameters.ts'
import { asProblem, Problem } from '../../http/problem.ts'
import type { Limiter } from '../../limits/limiter.ts'
import type { App } from '../../pipeline/app.ts'
import type { Call } from '../../pipeline/call.ts'
import type { Isolate } from '../../store/isolate.ts'
import { readForm } from '../form.ts'

export const NOT_STORED = { 'cache-control': 'no-store', pragma: 'no-cache' }

/** The longest form, in bytes. */
const MAX_FORM = 16_384

/**
 * Anything thrown → `{"error","error_description",…}`. A wrong client or grant counts for the client's address
 * like any unauthenticated answer.
 */
export function oauthFailure({ refusals }: Isolate) {
  const failure: ErrorHandler<App> = function oauthFailure(error, { env: { call } }) {
    const problem = limited(asProblem(error), refusals, call.address)
    call.problem = problem
    const { code, message, fields, status, headers } = problem
    const body = { error: code, error_description: message, ...fields }
    return Response.json(body, { status, headers: { ...NOT_STORED, ...headers } })
  }
  return failure
}

/** The problem itself; for a wrong client or grant of an address that was refused too often, that. */
function limited(problem: Problem, refusals: Limiter, address: string): Problem {
  if (problem.code !== 'invalid_client' && problem.code !== 'invalid_grant') return problem
  try {
    refusals.take(address)
    return problem
  } catch (tooMany) {
    return asProblem(tooMany)
  }
}

/** Throws method_not_allowed unless the request's method is one of these. */
export function takeOnly(call: Call, ...methods: string[]): void {
  if (methods.includes(call.method)) return
  throw new Problem('method_not_allowed', { headers: { allow: methods.join(', ') } })
}

/** The form that a request brings. Throws invalid_request, or payload_too_large. */
export function oauthForm({ request }: Call): Promise<Parameters> {
  return readForm(request, MAX_FORM, 'invalid_request')
}

/** A parameter that must be there. Throws invalid_request. */
export function required(form: Parameters, name: string): string {
  const value = form.get(name)
  if (value === undefined) throw invalidRequest(`${name} is missing.`)
  return value
}

export function invalidRequest(message: string): Problem {
  return new Problem('invalid_request', { message })
}
