/** `POST /language`: the language of pages, as the footer of every page offers it. */
import { Hono } from 'hono/tiny'
import type { Config } from '../config/config.ts'
import { OWN_PATHS } from '../config/ownPaths.ts'
import { requireOwnPage } from '../credentials/ownPage.ts'
import { setCookie } from '../http/cookies.ts'
import { Problem } from '../http/problem.ts'
import { parseReturnPath } from '../http/returnPath.ts'
import { isLocale, type Locale } from '../lib/locale.ts'
import { problemToPage } from '../pages/problem.tsx'
import { LOCALE_COOKIE } from '../pages/view.ts'
import type { App } from '../pipeline/app.ts'
import type { Call } from '../pipeline/call.ts'
import { setLocale } from '../store/accounts.ts'
import type { Isolate } from '../store/isolate.ts'
import { MAX_FORM_BYTES, readForm } from './form.ts'
import { requireMethod } from './method.ts'
import { redirect } from './redirect.ts'
import { findPerson } from './session.ts'

const MAX_AGE_S = 365 * 86_400

/**
 * Keeps the form's `locale` in a cookie and, for a person who is signed in, in the account, then
 * redirects to its `back`. Throws invalid_input, cross_site_request and service_unavailable.
 */
export function language(config: Config, isolate: Isolate): Hono<App> {
  const app = new Hono<App>()
  app.onError(problemToPage(config))
  return app.all(OWN_PATHS.language, async ({ env: { call } }) => {
    requireMethod(call, 'POST')
    requireOwnPage(call)
    const form = await readForm(call.request, MAX_FORM_BYTES)
    const locale = form.get('locale') ?? ''
    if (!isLocale(locale)) throw new Problem('invalid_input')
    const { person } = await findPerson(call, config, isolate)
    if (person !== null && person.locale !== locale)
      await setLocale(call.env, person.accountId, locale)
    call.hasChangedNothing = person === null
    const returnPath = parseReturnPath(form.get('back') ?? '') ?? OWN_PATHS.signIn
    return redirect(returnPath, [localeCookie(call, locale)])
  })
}

/** The `Set-Cookie` value that keeps a language for pages that do not know who is signed in. */
export function localeCookie(call: Call, locale: Locale): string {
  const secure = call.url.startsWith('https:')
  return setCookie(LOCALE_COOKIE, locale, { maxAgeSeconds: MAX_AGE_S, secure })
}
