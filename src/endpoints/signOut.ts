/** `POST /sign-out`: ends the browser's session. */
import { Hono } from 'hono/tiny'
import type { Config } from '../config/config.ts'
import { OWN_PATHS } from '../config/ownPaths.ts'
import { requireOwnPage } from '../credentials/ownPage.ts'
import { cookieValues, setCookie } from '../http/cookies.ts'
import { Problem } from '../http/problem.ts'
import type { App } from '../pipeline/app.ts'
import type { Isolate } from '../store/isolate.ts'
import { redirect } from './redirect.ts'

/**
 * Ends the session whose cookie is sent, and deletes the cookie. Answers 204, also for a session
 * that has already ended; a browser that takes HTML is redirected to the sign-in page instead, if
 * there is one. Throws cross_site_request for a request of another site's page, and
 * multiple_credentials for two cookies of the name.
 */
export function signOut(config: Config, isolate: Isolate): Hono<App> {
  return new Hono<App>().post(OWN_PATHS.signOut, async (c) => {
    const { call } = c.env
    requireOwnPage(call)
    const { cookie } = config.sessions
    const [value, second] = cookieValues(call.header('cookie') ?? '', cookie)
    if (second !== undefined) throw new Problem('multiple_credentials')
    const hash = await isolate.sessions.hashOf(call.env, value ?? '')
    // A token that the gateway did not mint has no session to end.
    if (hash !== null) await isolate.sessions.end(call.env, hash)
    const secure = call.url.startsWith('https:')
    const deleted = setCookie(cookie, '', { maxAgeSeconds: 0, secure })
    const takesPage = /\btext\/html\b/.test(call.header('accept') ?? '')
    if (config.signIn !== null && takesPage) return redirect(OWN_PATHS.signIn, [deleted])
    return c.body(null, 204, { 'set-cookie': deleted, 'cache-control': 'no-store' })
  })
}
