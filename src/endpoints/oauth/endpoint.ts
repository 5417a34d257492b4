/** The type of the authorization server's endpoints, and the form of their errors. */
import type { ErrorHandler } from 'hono'
import type { Config } from '../../config/config.ts'
import type { OAuth } from '../../config/oauthSettings.ts'
import { asProblem, type Problem } from '../../http/problem.ts'
import type { App } from '../../pipeline/app.ts'
import type { Call } from '../../pipeline/call.ts'
import type { AddressLimiter } from '../../store/heartbeat/addresses.ts'
import type { Isolate } from '../../store/isolate.ts'
import type { ClientStore } from '../../store/oauth/clients.ts'

export interface OAuthContext {
  config: Config
  /** The `oauth` of the config, which is not null where the authorization server is mounted. */
  oauth: OAuth
  isolate: Isolate
  clients: ClientStore
}

/** Answers a call. Throws a Problem for every refusal that is not redirected to the client. */
export type OAuthEndpoint = (call: Call, context: OAuthContext) => Promise<Response>

/** The headers of every answer to a client (RFC 6749 section 5.1). */
export const NO_STORE = { 'cache-control': 'no-store', pragma: 'no-cache' }

/**
 * Answers anything thrown as JSON, `{"error","error_description",…}` (RFC 6749 section 5.2), and
 * notes the Problem for the log. invalid_client counts for the client's address like every
 * unauthenticated answer; over the limit the answer is rate_limit_exceeded.
 */
export function problemToOAuthError({ refusals }: Isolate): ErrorHandler<App> {
  return (error, { env: { call } }) => {
    const problem = counted(asProblem(error), refusals, call)
    call.problem = problem
    const { code, message, fields, status, headers } = problem
    const body = { error: code, error_description: message, ...fields }
    return Response.json(body, { status, headers: { ...NO_STORE, ...headers } })
  }
}

/**
 * The problem, counted if it is a wrong client; rate_limit_exceeded if the address has too many of
 * them.
 */
function counted(problem: Problem, refusals: AddressLimiter, call: Call): Problem {
  if (problem.code !== 'invalid_client') return problem
  try {
    refusals.take(call)
    return problem
  } catch (tooMany) {
    return asProblem(tooMany)
  }
}
