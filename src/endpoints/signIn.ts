/**
 * Sign-in by a link in a mail. An account is looked up, or made, when the link is used and not
 * before, so that no answer tells whether an e-mail address has an account.
 */

import { Hono } from 'hono/tiny'
import type { Config } from '../config/config.ts'
import { OWN_PATHS } from '../config/ownPaths.ts'
import { requireOwnPage } from '../credentials/ownPage.ts'
import { Problem } from '../http/problem.ts'
import { parseReturnPath } from '../http/returnPath.ts'
import { equal, randomHex } from '../lib/bytes.ts'
import { parseEmail } from '../lib/email.ts'
import { logError } from '../lib/log.ts'
import { problemToPage, wantsJson } from '../pages/problem.tsx'
import {
  INVALID_EMAIL,
  linkPage,
  mailSentPage,
  signedInPage,
  signInPage,
} from '../pages/signIn.tsx'
import { signInMail } from '../pages/signInMail.tsx'
import type { App } from '../pipeline/app.ts'
import type { Isolate } from '../store/isolate.ts'
import { mailOf } from '../store/signIn/mail.ts'
import { consumeLink, findLink } from '../store/signIn/signInLinks.ts'
import { readForm } from './form.ts'
import { redirect } from './redirect.ts'
import { beginSession, signedInPerson } from './session.ts'
import { browserCookie, browserHashOf, browserIdOf, createLink, linkHashOf } from './signInLink.ts'

/** Where a person goes after signing in if the form named no page to return to. */
const DEFAULT_RETURN_PATH = OWN_PATHS.signIn

const MAX_FORM_BYTES = 16_384

/** `/sign-in` and `/sign-in/link`. An empty app if the config has no sign-in. */
export function signIn(config: Config, isolate: Isolate): Hono<App> {
  const app = new Hono<App>()
  const { signIn: settings, mail: mailSettings } = config
  if (settings === null || mailSettings === null) return app
  const { linkMs } = settings
  app.onError(problemToPage)

  app.get(OWN_PATHS.signIn, async (c) => {
    const { call } = c.env
    const returnPath = parseReturnPath(c.req.query('return') ?? '')
    const person = await signedInPerson(call, config, isolate)
    if (person === null) return signInPage(call, { returnPath })
    return returnPath === null ? signedInPage(call, person.email) : redirect(returnPath)
  })

  app.post(OWN_PATHS.signIn, async (c) => {
    const { call } = c.env
    requireOwnPage(call)
    isolate.signIns.take(call.address)
    const form = await readForm(call.request, MAX_FORM_BYTES)
    const returnPath = parseReturnPath(form.get('return') ?? '')
    const typed = form.get('email') ?? ''
    const email = parseEmail(typed)
    if (email === null) {
      if (wantsJson(call)) throw new Problem('invalid_input', { message: INVALID_EMAIL })
      return signInPage(call, { returnPath, refused: typed })
    }
    const mail = mailOf(call.env, mailSettings)
    const browserId = browserIdOf(call) ?? randomHex(32)
    const link = { email, browserId, returnPath: returnPath ?? DEFAULT_RETURN_PATH }
    const url = await createLink(call, config.publicUrl, settings, link)
    const message = { to: email, ...signInMail(url, linkMs) }
    // A mail that fails is told to the log only, because the answer is the same for every address.
    call.waitUntil(mail.send(message).catch((error) => logError('mail_not_sent', error)))
    const cookie = browserCookie(browserId, linkMs)
    return mailSentPage(call, { email, returnPath, linkMs, cookie })
  })

  // Opening a link does not use it, because mail scanners open links too.
  app.get(OWN_PATHS.signInLink, async (c) => {
    const { call } = c.env
    const token = c.req.query('token') ?? ''
    const link = await findLink(call.env, await linkHashOf(call, token), Date.now())
    if (link === null) throw new Problem('sign_in_link_invalid')
    if (!equal(link.browserHash, await browserHashOf(call))) throw new Problem('sign_in_elsewhere')
    return linkPage(call, { email: link.email, token })
  })

  app.post(OWN_PATHS.signInLink, async (c) => {
    const { call } = c.env
    requireOwnPage(call)
    const form = await readForm(call.request, MAX_FORM_BYTES)
    const hash = await linkHashOf(call, form.get('token') ?? '')
    const now = Date.now()
    const newAccount = { id: `acc_${randomHex(12)}`, createdAt: now }
    const taken = await consumeLink(call.env, hash, await browserHashOf(call), newAccount)
    if (taken === null) {
      const isForAnotherBrowser = (await findLink(call.env, hash, now)) !== null
      throw new Problem(isForAnotherBrowser ? 'sign_in_elsewhere' : 'sign_in_link_invalid')
    }
    if (taken.isDisabled) throw new Problem('account_disabled')
    const session = await beginSession(call, config, isolate, taken.accountId, now)
    return redirect(taken.returnPath, [session, browserCookie('', 0)])
  })

  return app
}
