/** What the gateway answers beside the route table: health, its public keys, sign-out. */
import { Hono } from 'hono'
import type { Config } from '../config/config.ts'
import { OWN_PATHS } from '../config/ownPaths.ts'
import { requireOwnPage } from '../credentials/presented.ts'
import { cookieValues, setCookie } from '../http/cookies.ts'
import { Problem } from '../http/problem.ts'
import type { App } from '../pipeline/app.ts'
import { secretsOf } from '../store/env.ts'
import type { Isolate } from '../store/isolate.ts'

/** `GET /health`: the Worker runs. Asks no store: an origin or a database that is down is not this. */
export const health = new Hono<App>().get(OWN_PATHS.health, (c) => {
  return c.json({ status: 'ok' }, 200, { 'cache-control': 'no-store' })
})

/** `GET /.well-known/jwks.json`: what origins check assertions against (RFC 7517 section 5). */
export const jwks = new Hono<App>().get(OWN_PATHS.jwks, async (c) => {
  const { signingKeys } = await secretsOf(c.env.call.env)
  const body = { keys: signingKeys.map((key) => key.publicJwk) }
  return c.json(body, 200, { 'cache-control': 'public, max-age=300' })
})

/**
 * `POST /sign-out`: ends the session whose cookie is sent, and takes the cookie away. 204, also for a
 * session that has already ended; a browser's page goes on to `/sign-in`.
 */
export function signOut(config: Config, isolate: Isolate): Hono<App> {
  return new Hono<App>().post(OWN_PATHS.signOut, async (c) => {
    const { call } = c.env
    requireOwnPage(call)
    const { cookie } = config.sessions
    const [value, second] = cookieValues(call.header('cookie') ?? '', cookie)
    if (second !== undefined) throw new Problem('multiple_credentials')
    const hash = await isolate.sessions.hashOf(call.env, value ?? '')
    // A token that we did not mint has no session to end.
    if (hash !== null) await isolate.sessions.end(call.env, hash)
    const secure = call.url.startsWith('https:')
    const cleared = setCookie(cookie, '', { maxAgeSeconds: 0, secure })
    const answer = { 'set-cookie': cleared, 'cache-control': 'no-store' }
    const isPage = config.signIn !== null && /\btext\/html\b/.test(call.header('accept') ?? '')
    return isPage
      ? c.body(null, 303, { ...answer, location: OWN_PATHS.signIn })
      : c.body(null, 204, answer)
  })
}
