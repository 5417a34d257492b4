/** `POST /sign-out`: ends the browser's sessions. */
import { Hono } from 'hono/tiny'
import type { Config } from '../config/config.ts'
import { OWN_PATHS } from '../config/ownPaths.ts'
import { requireOwnPage } from '../credentials/ownPage.ts'
import { parseReturnPath } from '../http/returnPath.ts'
import { signInHref } from '../pages/signIn.tsx'
import type { App } from '../pipeline/app.ts'
import type { Call } from '../pipeline/call.ts'
import type { Isolate } from '../store/isolate.ts'
import { MAX_FORM_BYTES, readForm } from './form.ts'
import { redirect } from './redirect.ts'
import { clearedSession, endSessions } from './session.ts'
import { problemToSignInPage } from './wayOn.ts'

/**
 * Ends the sessions whose cookies are sent, and deletes the cookies. Answers 204, also for a
 * session that has already ended; a browser that takes HTML is redirected to the sign-in page
 * instead, if there is one, with the form's `return`. Throws cross_site_request for a request of
 * another site's page, and service_unavailable; then nothing is deleted and a retry works.
 */
export function signOut(config: Config, isolate: Isolate): Hono<App> {
  const app = new Hono<App>()
  const answer = problemToSignInPage(config)
  app.onError((error, c) => {
    if (takesPage(c.env.call)) return answer(error, c)
    throw error
  })
  return app.post(OWN_PATHS.signOut, async (c) => {
    const { call } = c.env
    requireOwnPage(call)
    const isForm = call.header('content-type')?.includes('form-urlencoded') === true
    const form = isForm ? await readForm(call.request, MAX_FORM_BYTES) : null
    const returnPath = parseReturnPath(form?.get('return') ?? '')
    await endSessions(call, config, isolate)
    const cleared = clearedSession(call, config)
    if (config.signIn !== null && takesPage(call)) return redirect(signInHref(returnPath), cleared)
    const response = c.body(null, 204, { 'cache-control': 'no-store' })
    for (const cookie of cleared) response.headers.append('set-cookie', cookie)
    return response
  })
}

const takesPage = (call: Call): boolean => /\btext\/html\b/.test(call.header('accept') ?? '')
