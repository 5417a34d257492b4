/** The end of signing in: a link that is opened, or a code that is typed. */

import { Hono } from 'hono/tiny'
import type { Config } from '../config/config.ts'
import { ANY_BROWSER } from '../config/ownerLink.ts'
import { OWN_PATHS } from '../config/ownPaths.ts'
import { requireOwnPage } from '../credentials/ownPage.ts'
import { readCode } from '../credentials/signInCode.ts'
import { Problem } from '../http/problem.ts'
import { parseReturnPath } from '../http/returnPath.ts'
import type { Sentence } from '../lib/locale.ts'
import { wantsJson } from '../pages/problem.tsx'
import { linkPage, signInHref } from '../pages/signIn.tsx'
import { codePage } from '../pages/signInCode.tsx'
import { type View, viewOf } from '../pages/view.ts'
import { SIGN_IN } from '../pages/words/signIn.ts'
import type { App } from '../pipeline/app.ts'
import type { Call } from '../pipeline/call.ts'
import type { Isolate } from '../store/isolate.ts'
import { consumeLink } from '../store/signIn/linkUse.ts'
import { findLink } from '../store/signIn/signInLinks.ts'
import { enter, newSession, sessionSecrets } from './enter.ts'
import { MAX_FORM_BYTES, readForm } from './form.ts'
import {
  type AskingBrowser,
  askingBrowser,
  browserCookie,
  compareCode,
  linkHashOf,
  newBrowser,
} from './signInLink.ts'
import { problemToSignInPage, wayOn, withWayOn } from './wayOn.ts'

/** `/sign-in/link` and `/sign-in/code`. */
export function signInUse(config: Config, isolate: Isolate): Hono<App> {
  const app = new Hono<App>()
  const linkMs = config.signIn?.linkMs ?? 0
  app.onError(problemToSignInPage(config))

  /** Signs the browser in with a link that it asked for; null if the link cannot be used. */
  async function finish(call: Call, linkHash: string, browser: AskingBrowser) {
    const secrets = await sessionSecrets(call, `${linkHash} ${browser.id}`)
    const browserHashes = [browser.hash, ANY_BROWSER]
    const session = newSession(call, config, secrets)
    const outcome = await consumeLink(call.env, { hash: linkHash, browserHashes }, session)
    return outcome && enter(call, config, isolate, secrets, outcome)
  }

  // Opening a link does not use it, because mail scanners open links too.
  app.get(OWN_PATHS.signInLink, async (c) => {
    const { call } = c.env
    const token = c.req.query('token') ?? ''
    const hash = await linkHashOf(call, isolate, token)
    isolate.signInSecrets.take(hash)
    const asking = await askingBrowser(call)
    const link = await usableLink(call, hash, asking)
    // An owner's link was asked for by no browser: it is for the one that uses it first.
    const browser = asking ?? (await newBrowser(call))
    const cookies = asking === null ? [browserCookie(browser.id, linkMs)] : []
    return linkPage(viewOf(call, config), { email: link.email, token, cookies })
  })

  app.post(OWN_PATHS.signInLink, async (c) => {
    const { call } = c.env
    requireOwnPage(call)
    const form = await readForm(call.request, MAX_FORM_BYTES)
    const token = form.get('token') ?? ''
    const hash = await linkHashOf(call, isolate, token)
    isolate.signInSecrets.take(hash)
    const again = { href: `${OWN_PATHS.signInLink}?token=${token}`, words: SIGN_IN.tryAgain }
    return withWayOn(again, async () => {
      const browser = await askingBrowser(call)
      const answer = browser === null ? null : await finish(call, hash, browser)
      if (answer !== null) return answer
      await usableLink(call, hash, browser)
      throw new Problem('sign_in_link_invalid')
    })
  })

  app.get(OWN_PATHS.signInCode, async (c) => {
    const { call } = c.env
    const returnPath = parseReturnPath(c.req.query('return') ?? '')
    if ((await askingBrowser(call)) === null) throw noCode(returnPath)
    return codePage(viewOf(call, config), { returnPath })
  })

  app.post(OWN_PATHS.signInCode, async (c) => {
    const { call } = c.env
    requireOwnPage(call)
    const form = await readForm(call.request, MAX_FORM_BYTES)
    const returnPath = parseReturnPath(form.get('return') ?? '')
    const again = { href: signInHref(returnPath, OWN_PATHS.signInCode), words: SIGN_IN.tryAgain }
    return withWayOn(again, async () => {
      const browser = await askingBrowser(call)
      if (browser === null) throw noCode(returnPath)
      const code = readCode(form.get('code') ?? '')
      if (code === null) return wrongCode(viewOf(call, config), returnPath, SIGN_IN.malformedCode)
      isolate.signInSecrets.take(browser.hash)
      const tried = await compareCode(call, browser, code)
      if (tried === null) throw noCode(returnPath)
      if ('triesLeft' in tried) {
        if (tried.triesLeft === 0) throw noCode(returnPath, 'sign_in_code_spent')
        return wrongCode(viewOf(call, config), returnPath, SIGN_IN.wrongCode)
      }
      const answer = await finish(call, tried.linkHash, browser)
      if (answer === null) throw noCode(returnPath)
      return answer
    })
  })

  return app
}

/** The code's form again, with the complaint at the field; JSON for a program. */
function wrongCode(view: View, returnPath: string | null, complaint: Sentence): Response {
  if (wantsJson(view.call)) throw new Problem('invalid_input', { message: complaint.en })
  return codePage(view, { returnPath, complaint: view.words.say(complaint) })
}

/** The problem of a browser that needs a new mail before it can type a code. */
function noCode(
  returnPath: string | null,
  code: 'sign_in_code_invalid' | 'sign_in_code_spent' = 'sign_in_code_invalid',
): Problem {
  const link = { href: signInHref(returnPath), words: SIGN_IN.newMail }
  return wayOn(new Problem(code), link)
}

/**
 * The link with this hash, if this browser can use it. Throws sign_in_elsewhere for a link that
 * another browser asked for, and sign_in_link_invalid.
 */
async function usableLink(call: Call, hash: string, browser: AskingBrowser | null) {
  const link = await findLink(call.env, hash, Date.now())
  const isOwn = link !== null && [browser?.hash, ANY_BROWSER].includes(link.browserHash)
  if (link?.isUsable && isOwn) return link
  if (link?.isUsable) throw new Problem('sign_in_elsewhere')
  // Only the browser that asked is told where its person wanted to go.
  const href = signInHref(isOwn ? parseReturnPath(link.returnPath) : null)
  throw wayOn(new Problem('sign_in_link_invalid'), { href, words: SIGN_IN.newLink })
}
