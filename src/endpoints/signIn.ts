/**
 * Signing in by a link in a mail. Whether an address is known is nowhere looked at before its owner has
 * opened the link, so that no answer can tell.
 */

import { Hono } from 'hono'
import type { Config } from '../config/config.ts'
import { requireOwnPage } from '../credentials/presented.ts'
import { createSessionToken } from '../credentials/session.ts'
import { createLinkToken, parseLinkToken } from '../credentials/signInLink.ts'
import { setCookie } from '../http/cookies.ts'
import { Problem } from '../http/problem.ts'
import { parseReturnPath } from '../http/returnPath.ts'
import { equal, randomHex, sha256Hex } from '../lib/bytes.ts'
import { parseEmail } from '../lib/email.ts'
import { logError } from '../lib/log.ts'
import { tooManyRequests } from '../limits/headers.ts'
import { toPage, wantsJson } from '../pages/problem.tsx'
import { linkPage, mailSentPage, signedInPage, signInPage } from '../pages/signIn.tsx'
import { signInMail } from '../pages/signInMail.tsx'
import type { App, AppContext } from '../pipeline/context.ts'
import { secretsOf } from '../store/env.ts'
import type { Isolate } from '../store/isolate.ts'
import { mailOf } from '../store/mail.ts'
import { sessionHashOf } from '../store/sessions.ts'
import { addLink, findLink, takeLink } from '../store/signInLinks.ts'
import { readForm } from './form.ts'
import { onlyCookie, signedIn } from './signedIn.ts'

/** Names the browser that asked for a link. The prefix keeps other hosts from setting it (RFC 6265bis section 4.1.3.2). */
const BROWSER_COOKIE = '__Host-sign_in'

/** Where a person goes on to who came from nowhere. */
const DEFAULT_RETURN = '/sign-in'

const FORM_BYTES = 16_384

/** `/sign-in` and the links that it sends. Nothing where the config says nothing of it. */
export function signIn(config: Config, isolate: Isolate): Hono<App> {
  const app = new Hono<App>()
  const { signIn: settings, mail: mailSettings } = config
  if (settings === null || mailSettings === null) return app
  const { linkMs, emailLimit, addressLimit } = settings
  const addressLimits = addressLimit === null ? [] : [addressLimit]
  app.onError(toPage)

  app.get('/sign-in', async (c) => {
    const returnPath = parseReturnPath(c.req.query('return') ?? '')
    const person = await signedIn(c, config, isolate)
    if (person === null) return signInPage(c, { returnPath })
    return returnPath === null ? signedInPage(c, person.email) : seeOther(returnPath)
  })

  app.post('/sign-in', async (c) => {
    requireOwnPage(c.req.raw)
    const counted = isolate.signIns.take(c.get('address'), addressLimits, Date.now())
    if (!counted.admitted) throw tooManyRequests(counted)
    const form = await readForm(c.req.raw, FORM_BYTES)
    const returnPath = parseReturnPath(form.get('return') ?? '')
    const typed = form.get('email') ?? ''
    const email = parseEmail(typed)
    if (email === null) {
      if (wantsJson(c))
        throw new Problem('invalid_input', { message: 'This is no e-mail address.' })
      return signInPage(c, { returnPath, refused: typed })
    }
    const mail = mailOf(c.env, mailSettings)
    const browser = browserOf(c) ?? randomHex(32)
    const url = await newLink(c, email, browser, returnPath ?? DEFAULT_RETURN)
    const message = { to: email, ...signInMail(url, linkMs) }
    c.executionCtx.waitUntil(mail.send(message).catch((error) => logError('mail_not_sent', error)))
    const cookie = setCookie(BROWSER_COOKIE, browser, {
      maxAgeSeconds: Math.ceil(linkMs / 1000),
      secure: true,
    })
    return mailSentPage(c, { email, returnPath, linkMs, cookie })
  })

  // Mail is opened by programs too: looking at a link does not use it.
  app.get('/sign-in/link', async (c) => {
    const { token, hash } = await presentedLink(c, c.req.query('token'))
    const link = await findLink(c.env, hash, Date.now())
    if (link === null) throw new Problem('sign_in_link_invalid')
    if (!equal(link.browserHash, await browserHashOf(c))) throw new Problem('sign_in_elsewhere')
    return linkPage(c, { email: link.email, token })
  })

  app.post('/sign-in/link', async (c) => {
    requireOwnPage(c.req.raw)
    const form = await readForm(c.req.raw, FORM_BYTES)
    const { hash } = await presentedLink(c, form.get('token'))
    const now = Date.now()
    const newAccount = { id: `acc_${randomHex(12)}`, createdAt: now }
    const taken = await takeLink(c.env, hash, await browserHashOf(c), newAccount)
    if (taken === null) {
      const isElsewhere = (await findLink(c.env, hash, now)) !== null
      throw new Problem(isElsewhere ? 'sign_in_elsewhere' : 'sign_in_link_invalid')
    }
    if (taken.isDisabled) throw new Problem('account_disabled')
    const response = seeOther(taken.returnPath)
    response.headers.append('set-cookie', await beginSession(c, taken.accountId, now))
    response.headers.append(
      'set-cookie',
      setCookie(BROWSER_COOKIE, '', { maxAgeSeconds: 0, secure: true }),
    )
    return response
  })

  return app

  /** Stores a link. Returns its URL, for the mail and nothing else; throws 429 for an e-mail that has had enough. */
  async function newLink(
    c: AppContext,
    email: string,
    browser: string,
    returnPath: string,
  ): Promise<string> {
    const token = await createLinkToken((await secretsOf(c.env)).tagKeys)
    const createdAt = Date.now()
    const link = {
      hash: await sha256Hex(token),
      email,
      browserHash: await sha256Hex(browser),
      returnPath,
      createdAt,
      expiresAt: createdAt + linkMs,
    }
    const retryAfterMs = await addLink(c.env, link, emailLimit)
    if (retryAfterMs > 0) throw tooManyRequests({ admitted: false, states: [], retryAfterMs })
    return `${config.publicUrl}/sign-in/link?token=${token}`
  }

  /** Always a new session, and the end of the one that the browser had. Returns its cookie. */
  async function beginSession(c: AppContext, accountId: string, now: number): Promise<string> {
    const { cookie, absoluteMs } = config.sessions
    const old = await sessionHashOf(c.env, onlyCookie(c, cookie) ?? '')
    if (old !== null) await isolate.sessions.end(c.env, old)
    const token = await createSessionToken((await secretsOf(c.env)).tagKeys)
    const record = { id: `ses_${randomHex(12)}`, accountId, createdAt: now, seenAt: now }
    await isolate.sessions.create(c.env, await sha256Hex(token), record)
    const maxAgeSeconds = Math.floor(absoluteMs / 1000)
    return setCookie(cookie, token, { maxAgeSeconds, secure: true })
  }
}

/** A link's token and what it is stored under. Throws for one that we did not make. */
async function presentedLink(c: AppContext, presented: string | undefined) {
  const { tagKeys } = await secretsOf(c.env)
  const token = await parseLinkToken(presented ?? '', tagKeys)
  if (token === null) throw new Problem('sign_in_link_invalid')
  return { token, hash: await sha256Hex(token) }
}

/** The name that the browser was given, or null. */
function browserOf(c: AppContext): string | null {
  const value = onlyCookie(c, BROWSER_COOKIE)
  return value !== null && /^[0-9a-f]{64}$/.test(value) ? value : null
}

/** What a link remembers of the browser that asked for it; for a browser without a name, nobody's. */
async function browserHashOf(c: AppContext): Promise<string> {
  return sha256Hex(browserOf(c) ?? '')
}

/** To another page of ours, by GET (RFC 9110 section 15.4.4). */
function seeOther(location: string): Response {
  return new Response(null, {
    status: 303,
    headers: { location, 'cache-control': 'no-store', 'referrer-policy': 'no-referrer' },
  })
}
