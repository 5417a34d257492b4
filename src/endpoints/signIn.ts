/**
 * Signing in by a link in a mail. Whether an address is known is nowhere looked at before its owner has
 * opened the link, so that no answer can tell.
 */

import { Hono } from 'hono'
import type { Config } from '../config/config.ts'
import { OWN_PATHS } from '../config/ownPaths.ts'
import { mintedHash, mintSecret } from '../credentials/minted.ts'
import { requireOwnPage } from '../credentials/presented.ts'
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
import type { App } from '../pipeline/app.ts'
import type { Call } from '../pipeline/call.ts'
import { secretsOf } from '../store/env.ts'
import type { Isolate } from '../store/isolate.ts'
import { mailOf } from '../store/mail.ts'
import { addLink, consumeLink, findLink } from '../store/signInLinks.ts'
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
  const { linkMs, emailLimits } = settings
  app.onError(toPage)

  app.get(OWN_PATHS.signIn, async (c) => {
    const { call } = c.env
    const returnPath = parseReturnPath(c.req.query('return') ?? '')
    const person = await signedIn(call, config, isolate)
    if (person === null) return signInPage(call, { returnPath })
    return returnPath === null ? signedInPage(call, person.email) : seeOther(returnPath)
  })

  app.post(OWN_PATHS.signIn, async (c) => {
    const { call } = c.env
    requireOwnPage(call)
    isolate.signIns.take(call.address)
    const form = await readForm(call.request, FORM_BYTES)
    const returnPath = parseReturnPath(form.get('return') ?? '')
    const typed = form.get('email') ?? ''
    const email = parseEmail(typed)
    if (email === null) {
      if (wantsJson(call))
        throw new Problem('invalid_input', { message: 'This is no e-mail address.' })
      return signInPage(call, { returnPath, refused: typed })
    }
    const mail = mailOf(call.env, mailSettings)
    const browser = browserOf(call) ?? randomHex(32)
    const url = await newLink(call, email, browser, returnPath ?? DEFAULT_RETURN)
    const message = { to: email, ...signInMail(url, linkMs) }
    call.waitUntil(mail.send(message).catch((error) => logError('mail_not_sent', error)))
    const cookie = setCookie(BROWSER_COOKIE, browser, {
      maxAgeSeconds: Math.ceil(linkMs / 1000),
      secure: true,
    })
    return mailSentPage(call, { email, returnPath, linkMs, cookie })
  })

  // Mail is opened by programs too: looking at a link does not use it.
  app.get(OWN_PATHS.signInLink, async (c) => {
    const { call } = c.env
    const { token, hash } = await presentedLink(call, c.req.query('token'))
    const link = await findLink(call.env, hash, Date.now())
    if (link === null) throw new Problem('sign_in_link_invalid')
    if (!equal(link.browserHash, await browserHashOf(call))) throw new Problem('sign_in_elsewhere')
    return linkPage(call, { email: link.email, token })
  })

  app.post(OWN_PATHS.signInLink, async (c) => {
    const { call } = c.env
    requireOwnPage(call)
    const form = await readForm(call.request, FORM_BYTES)
    const { hash } = await presentedLink(call, form.get('token'))
    const now = Date.now()
    const newAccount = { id: `acc_${randomHex(12)}`, createdAt: now }
    const taken = await consumeLink(call.env, hash, await browserHashOf(call), newAccount)
    if (taken === null) {
      const isElsewhere = (await findLink(call.env, hash, now)) !== null
      throw new Problem(isElsewhere ? 'sign_in_elsewhere' : 'sign_in_link_invalid')
    }
    if (taken.isDisabled) throw new Problem('account_disabled')
    const response = seeOther(taken.returnPath)
    response.headers.append('set-cookie', await beginSession(call, taken.accountId, now))
    response.headers.append(
      'set-cookie',
      setCookie(BROWSER_COOKIE, '', { maxAgeSeconds: 0, secure: true }),
    )
    return response
  })

  return app

  /** Stores a link. Returns its URL, for the mail and nothing else; throws 429 for an e-mail that has had enough. */
  async function newLink(
    call: Call,
    email: string,
    browser: string,
    returnPath: string,
  ): Promise<string> {
    const { tagKeys } = await secretsOf(call.env)
    const { value: token, hash } = await mintSecret('sign_in_link', tagKeys)
    const createdAt = Date.now()
    const link = {
      hash,
      email,
      browserHash: await sha256Hex(browser),
      returnPath,
      createdAt,
      expiresAt: createdAt + linkMs,
    }
    const retryAfterMs = await addLink(call.env, link, emailLimits)
    if (retryAfterMs > 0) throw tooManyRequests({ admitted: false, states: [], retryAfterMs })
    return `${config.publicUrl}/sign-in/link?token=${token}`
  }

  /** Always a new session, and the end of the one that the browser had. Returns its cookie. */
  async function beginSession(call: Call, accountId: string, now: number): Promise<string> {
    const { cookie, absoluteMs } = config.sessions
    const old = await isolate.sessions.hashOf(call.env, onlyCookie(call, cookie) ?? '')
    if (old !== null) await isolate.sessions.end(call.env, old)
    const { value: token, hash } = await mintSecret('session', (await secretsOf(call.env)).tagKeys)
    const record = { id: `ses_${randomHex(12)}`, accountId, createdAt: now, seenAt: now }
    await isolate.sessions.create(call.env, hash, record)
    const maxAgeSeconds = Math.floor(absoluteMs / 1000)
    return setCookie(cookie, token, { maxAgeSeconds, secure: true })
  }
}

/** A link's token and what it is stored under. Throws for one that we did not make. */
async function presentedLink(call: Call, presented: string | undefined) {
  const { tagKeys } = await secretsOf(call.env)
  const token = presented ?? ''
  const hash = await mintedHash('sign_in_link', token, tagKeys)
  if (hash === null) throw new Problem('sign_in_link_invalid')
  return { token, hash }
}

/** The name that the browser was given, or null. */
function browserOf(call: Call): string | null {
  const value = onlyCookie(call, BROWSER_COOKIE)
  return value !== null && /^[0-9a-f]{64}$/.test(value) ? value : null
}

/** What a link remembers of the browser that asked for it; for a browser without a name, nobody's. */
async function browserHashOf(call: Call): Promise<string> {
  return sha256Hex(browserOf(call) ?? '')
}

/** To another page of ours, by GET (RFC 9110 section 15.4.4). */
function seeOther(location: string): Response {
  return new Response(null, {
    status: 303,
    headers: { location, 'cache-control': 'no-store', 'referrer-policy': 'no-referrer' },
  })
}
