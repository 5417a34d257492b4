/** How the authorization server answers programs: JSON, for no cache, errors in the form of RFC 6749 section 5.2. */
import type { ErrorHandler } from 'hono'
import type { Config } from '../../config/config.ts'
import type { Parameters } from '../../credentials/oauth/parameters.ts'
import { asProblem, Problem } from '../../http/problem.ts'
import { tooManyRequests } from '../../limits/headers.ts'
import type { App, AppContext } from '../../pipeline/context.ts'
import type { Isolate } from '../../store/isolate.ts'
import { readForm } from '../form.ts'

export const NOT_STORED = { 'cache-control': 'no-store', pragma: 'no-cache' }

/** The longest form, in bytes. */
const MAX_FORM = 16_384

/**
 * Anything thrown → `{"error","error_description",…}`. What is wrong with a client or a grant counts for
 * the client's address like any unauthenticated answer.
 */
export function oauthFailure({ unauthenticatedLimit }: Config, isolate: Isolate) {
  const limits = unauthenticatedLimit === null ? [] : [unauthenticatedLimit]
  const failure: ErrorHandler<App> = function oauthFailure(error, c) {
    let problem = asProblem(error)
    if (problem.code === 'invalid_client' || problem.code === 'invalid_grant') {
      const counted = isolate.refusals.take(c.get('address'), limits, Date.now())
      if (!counted.admitted) problem = tooManyRequests(counted)
    }
    const { code, message, fields, status, headers } = problem
    const body = { error: code, error_description: message, ...fields }
    return Response.json(body, { status, headers: { ...NOT_STORED, ...headers } })
  }
  return failure
}

/** Throws method_not_allowed unless the request's method is one of these. */
export function takeOnly(c: AppContext, ...methods: string[]): void {
  if (methods.includes(c.req.method)) return
  throw new Problem('method_not_allowed', { headers: { allow: methods.join(', ') } })
}

/** The form that a request brings. Throws invalid_request, or payload_too_large. */
export function oauthForm({ req }: AppContext): Promise<Parameters> {
  return readForm(req.raw, MAX_FORM, 'invalid_request')
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
