/**
 * Sign-in by a mail with a link and a code. An account is looked up, or made, when one of them is
 * used and not before, so that no answer tells whether an e-mail address has an account.
 */

import { Hono } from 'hono/tiny'
import type { Config } from '../config/config.ts'
import { OWN_PATHS } from '../config/ownPaths.ts'
import { requireOwnPage } from '../credentials/ownPage.ts'
import { Problem } from '../http/problem.ts'
import { MAX_RETURN_PATH_LENGTH, parseReturnPath } from '../http/returnPath.ts'
import { deadline } from '../lib/deadline.ts'
import { readEmail } from '../lib/email.ts'
import { logError } from '../lib/log.ts'
import { wantsJson } from '../pages/problem.tsx'
import { type SignInForm, signedInPage, signInHref, signInPage } from '../pages/signIn.tsx'
import { mailSentPage } from '../pages/signInCode.tsx'
import { signInMail } from '../pages/signInMail.ts'
import { viewOf } from '../pages/view.ts'
import { EMAIL_FAULTS, SIGN_IN } from '../pages/words/signIn.ts'
import type { App } from '../pipeline/app.ts'
import type { Call } from '../pipeline/call.ts'
import type { Isolate } from '../store/isolate.ts'
import { type Mail, type Message, mailOf } from '../store/signIn/mail.ts'
import { forgiveLink } from '../store/signIn/signInLinks.ts'
import { countSignIn } from './countSignIn.ts'
import { MAX_FORM_BYTES, readForm } from './form.ts'
import { applicationAt } from './oauth/application.ts'
import type { OAuthContext } from './oauth/endpoint.ts'
import { redirect } from './redirect.ts'
import { requestFacts } from './requestFacts.ts'
import { clearedSession, findPerson } from './session.ts'
import { googleClient, signInGoogle } from './signInGoogle.ts'
import { askingBrowser, browserCookie, createLink, knownBrowser, newBrowser } from './signInLink.ts'
import { signInUse } from './signInUse.ts'
import { problemToSignInPage, withWayOn } from './wayOn.ts'

/** How long the platform may take to accept a mail, in milliseconds. */
const MAIL_TIMEOUT_MS = 10_000

/** `/sign-in` and the paths below it. An empty app if the config has no sign-in. */
export function signIn(config: Config, isolate: Isolate, oauth: OAuthContext | null): Hono<App> {
  const app = new Hono<App>()
  const { signIn: settings, mail: mailSettings } = config
  if (settings === null || mailSettings === null) return app
  const { linkMs } = settings
  app.onError(problemToSignInPage(config))

  /** The form, which says for which application a person signs in. */
  async function formPage(call: Call, form: SignInForm): Promise<Response> {
    const hasGoogle = googleClient(call, config) !== null
    const application = oauth && (await applicationAt(call, oauth, form.returnPath))
    const view = viewOf(call, config)
    const back = view.back ?? signInHref(form.returnPath)
    return signInPage({ ...view, back }, { ...form, hasGoogle, application })
  }

  app.get(OWN_PATHS.signIn, async (c) => {
    const { call } = c.env
    const asked = c.req.query('return') ?? ''
    const returnPath = parseReturnPath(asked)
    const isTooLong = asked.length > MAX_RETURN_PATH_LENGTH
    const { person, hasSeveral } = await findPerson(call, config, isolate)
    if (person === null) {
      const cookies = hasSeveral ? clearedSession(call, config) : []
      const isInterrupted = c.req.query('interrupted') !== undefined
      return formPage(call, { returnPath, isTooLong, isInterrupted, cookies })
    }
    const staysHere = returnPath === null || c.req.query('another') !== undefined
    return staysHere
      ? signedInPage(viewOf(call, config, person), person.email, returnPath)
      : redirect(returnPath)
  })

  app.post(OWN_PATHS.signIn, async (c) => {
    const { call } = c.env
    requireOwnPage(call)
    const form = await readForm(call.request, MAX_FORM_BYTES)
    const returnPath = parseReturnPath(form.get('return') ?? '')
    const typed = form.get('email') ?? ''
    const reading = readEmail(typed)
    if (!('email' in reading)) {
      const fault = EMAIL_FAULTS[reading.fault]
      if (wantsJson(call))
        throw new Problem('invalid_input', { message: `${SIGN_IN.invalidEmail.en} ${fault.en}` })
      const view = viewOf(call, config)
      const complaint = `${view.words.say(SIGN_IN.invalidEmail)} ${view.words.say(fault)}`
      return formPage(call, { returnPath, refused: { typed, complaint } })
    }
    const { email } = reading
    const view = viewOf(call, config)
    const again = { href: signInHref(returnPath), words: SIGN_IN.backToForm }
    return withWayOn(again, async () => {
      const mail = mailOf(call.env, mailSettings)
      const browser = (await askingBrowser(call)) ?? (await newBrowser(call))
      const cookie = browserCookie(browser.id, linkMs)
      const isKnown = (await knownBrowser(call, email)) !== null
      await countSignIn(call, isolate, isKnown, async () => {
        const asked = { email, browser, returnPath: returnPath ?? OWN_PATHS.dashboard }
        const link = await createLink(call, config, settings, asked)
        const { words } = view
        const { site, publicUrl } = config
        const mailed = { url: link.url, code: link.code, linkMs }
        const written = signInMail({ site, publicUrl, words }, mailed, requestFacts(call))
        const message = { to: email, ...written }
        await send(call, mail, message, link.hash, cookie)
      })
      return mailSentPage(view, { email, returnPath, linkMs, cookie })
    })
  })

  app.route('/', signInUse(config, isolate))
  app.route('/', signInGoogle(config, isolate))
  return app
}

/** Sends the mail. If that fails, the link no longer counts, and the person is told. */
async function send(call: Call, mail: Mail, message: Message, linkHash: string, cookie: string) {
  try {
    await deadline(MAIL_TIMEOUT_MS, () => mail.send(message))
  } catch (cause) {
    logError('mail_not_sent', cause)
    call.waitUntil(
      forgiveLink(call.env, linkHash).catch((error) => logError('link_not_forgiven', error)),
    )
    throw new Problem('service_unavailable', {
      message: SIGN_IN.mailNotSent.en,
      inWords: SIGN_IN.mailNotSent,
      // A mail that was only late still works, in this browser.
      headers: { 'retry-after': '60', 'set-cookie': cookie },
      cause,
    })
  }
}
