/**
 * Refuses API keys in queries, on every path and whatever else is presented. URLs are logged and
 * shared, and a key in a URL must not reach an origin or a challenge, or make its owner pay.
 */
import { type Config, findRoute } from '../config/config.ts'
import { keyFormsOf, keyInQuery } from '../credentials/apiKey.ts'
import { keyChallenge, unauthorizedChallenge } from '../credentials/unauthorizedChallenge.ts'
import { Problem } from '../http/problem.ts'
import type { Stage } from '../pipeline/call.ts'
import type { Isolate } from '../store/isolate.ts'

const MESSAGE =
  'The query holds an API key. Send keys in x-api-key only, and replace this key: URLs are logged.'

/** Names that may be logged: no part of a key is among them. */
const SHOWN_NAME = /^[A-Za-z0-9_.[\]-]{1,32}$/

/**
 * Throws `unauthenticated` for an API key in the query, and `rate_limit_exceeded` in its place for
 * an address that was refused too often. Only the name of the parameter is logged.
 */
export function noKeyInQuery(config: Config, isolate: Isolate): Stage {
  const forms = keyFormsOf(config.apiKeys)

  return (next) => (call) => {
    const { path, query } = call.target
    const name = query === '' ? null : keyInQuery(query, forms)
    if (name === null) return next(call)
    isolate.refusals.take(call)
    call.route = findRoute(config, call.method, path)
    const challenge =
      call.route === undefined
        ? keyChallenge(config)
        : unauthorizedChallenge(call.route, config, { kind: 'api_key' })
    const isShown = SHOWN_NAME.test(name) && !forms.beginsAsKey(name)
    throw new Problem('unauthenticated', {
      message: MESSAGE,
      headers: { 'www-authenticate': challenge },
      reason: 'key_in_query',
      cause: new Error(`parameter ${isShown ? `"${name}"` : 'of another name'}`),
    })
  }
}
