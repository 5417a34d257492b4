/**
 * Sign-in with Google, or another issuer of OpenID Connect: the browser is sent there, and comes
 * back with a code.
 */
import { Hono } from 'hono/tiny'
import type { Config } from '../config/config.ts'
import { OWN_PATHS } from '../config/ownPaths.ts'
import { mayGetAccount } from '../config/signIn.ts'
import { type MintedSecret, mintedHash, mintSecret } from '../credentials/minted.ts'
import { openIdSecrets, openPerson, type SaidPerson, sealPerson } from '../credentials/openId.ts'
import { requireOwnPage } from '../credentials/ownPage.ts'
import { setCookie } from '../http/cookies.ts'
import { asProblem, Problem } from '../http/problem.ts'
import { parseReturnPath } from '../http/returnPath.ts'
import { signInHref } from '../pages/signIn.tsx'
import { SIGN_IN } from '../pages/words/signIn.ts'
import type { App } from '../pipeline/app.ts'
import type { Call } from '../pipeline/call.ts'
import { tagKeysOf } from '../store/env.ts'
import type { Isolate } from '../store/isolate.ts'
import {
  addOpenIdSignIn,
  consumeOpenIdSignIn,
  findOpenIdSignIn,
  type OpenIdSignIn,
} from '../store/signIn/openIdSignIns.ts'
import { countSignIn } from './countSignIn.ts'
import { enter, newSession, sessionSecrets } from './enter.ts'
import { MAX_FORM_BYTES, readForm } from './form.ts'
import { redirect } from './redirect.ts'
import {
  type AskingBrowser,
  askingBrowser,
  browserCookie,
  newBrowser,
  singleCookie,
} from './signInLink.ts'
import { problemToSignInPage, wayOn, withWayOn } from './wayOn.ts'

/** The cookie that keeps what Google has said, if a store fails after it. */
const SAID_COOKIE = '__Host-sign_in_google'
const SAID_MAX_AGE_S = 300

/** A sign-in that comes back: its browser, the session that it may begin, and the way on. */
interface Beginning {
  browser: AskingBrowser
  secrets: readonly MintedSecret[]
  returnPath: string
}

// The library is loaded with the first sign-in that needs it.
const openId = () => import('../store/signIn/openId.ts')

/** The gateway as Google's client; null if the config or the secret is missing. */
export function googleClient(call: Call, { signIn, publicUrl }: Config) {
  const google = signIn?.google ?? null
  if (google === null) return null
  const clientSecret = call.env[google.secretFrom]
  if (typeof clientSecret !== 'string' || clientSecret === '') return null
  const { clientId, issuer } = google
  return { issuer, clientId, clientSecret, redirectUri: publicUrl + OWN_PATHS.signInGoogleBack }
}

/** `/sign-in/google` and its callback. Not found if the config or the secret is missing. */
export function signInGoogle(config: Config, isolate: Isolate): Hono<App> {
  const app = new Hono<App>()
  const { signIn } = config
  if (signIn === null || signIn.google === null) return app
  app.onError(problemToSignInPage(config))

  const clientOf = (call: Call) => {
    const client = googleClient(call, config)
    if (client === null) throw new Problem('not_found')
    return client
  }

  app.post(OWN_PATHS.signInGoogle, async (c) => {
    const { call } = c.env
    requireOwnPage(call)
    const client = clientOf(call)
    const form = await readForm(call.request, MAX_FORM_BYTES)
    const returnPath = parseReturnPath(form.get('return') ?? '')
    return withWayOn({ href: signInHref(returnPath), words: SIGN_IN.otherWay }, async () => {
      const browser = (await askingBrowser(call)) ?? (await newBrowser(call))
      const tagKeys = await tagKeysOf(call.env)
      const { value: state, hash } = await mintSecret('sign_in_state', tagKeys)
      const secrets = await openIdSecrets(state, browser.id, tagKeys)
      let location = ''
      await countSignIn(call, isolate, false, async () => {
        const { authorizationUrl } = await openId()
        location = await authorizationUrl(client, { state, ...secrets })
        const now = Date.now()
        const begun = { hash, browserHash: browser.hash, expiresAt: now + signIn.linkMs }
        const to = returnPath ?? OWN_PATHS.dashboard
        await addOpenIdSignIn(call.env, { ...begun, returnPath: to }, now)
      })
      return redirect(location, [browserCookie(browser.id, signIn.linkMs)])
    })
  })

  app.get(OWN_PATHS.signInGoogleBack, async (c) => {
    const { call } = c.env
    clientOf(call)
    const state = c.req.query('state') ?? ''
    const hash = await mintedHash('sign_in_state', state, await tagKeysOf(call.env))
    if (hash === null) throw new Problem('sign_in_google_invalid')
    isolate.signInSecrets.take(hash)
    const browser = await askingBrowser(call)
    if (browser === null) throw new Problem('sign_in_google_invalid')
    const begun = { hash, browserHash: browser.hash }
    const again = { href: OWN_PATHS.signInGoogleBack + call.target.query, words: SIGN_IN.tryAgain }
    return withWayOn(again, async () => {
      const secrets = await sessionSecrets(call, `${hash} ${browser.id}`)
      const hashes = secrets.map((secret) => secret.hash)
      const found = await findOpenIdSignIn(call.env, begun, hashes, Date.now())
      if (found === null) throw invalid(null)
      const { returnPath, outcome } = found
      // A retry gets the session that it has begun. Google would not take its code again.
      const answer =
        outcome === null
          ? await begin(call, begun, state, { browser, secrets, returnPath })
          : await enter(call, config, isolate, secrets, outcome)
      if (answer === null) throw invalid(returnPath)
      answer.headers.append('set-cookie', saidCookie('', 0))
      return answer
    })
  })

  /** The person, as Google says now or said at an earlier try; null if it says nothing. */
  async function personOf(
    call: Call,
    begun: OpenIdSignIn,
    browser: AskingBrowser,
    state: string,
  ): Promise<SaidPerson | null> {
    const tagKeys = await tagKeysOf(call.env)
    const sealed = singleCookie(call, SAID_COOKIE)
    const known = sealed === null ? null : await openPerson(sealed, contextOf(begun), tagKeys)
    if (known !== null) return known
    const { redeemCode } = await openId()
    const secrets = await openIdSecrets(state, browser.id, tagKeys)
    const query = new URLSearchParams(call.target.query)
    return redeemCode(clientOf(call), { state, ...secrets }, query)
  }

  /** Signs the person in. If a store fails, the browser keeps what Google has said. */
  async function begin(
    call: Call,
    begun: OpenIdSignIn,
    state: string,
    { browser, secrets, returnPath }: Beginning,
  ): Promise<Response | null> {
    const said = await personOf(call, begun, browser, state)
    if (said === null) return null
    const { subject, email } = said
    const createsAccount = email !== null && mayGetAccount(config, email)
    const identity = { issuer: clientOf(call).issuer, subject, email: email ?? '', createsAccount }
    try {
      const session = newSession(call, config, secrets)
      const outcome = await consumeOpenIdSignIn(call.env, begun, identity, session)
      const another = { href: signInHref(returnPath), words: SIGN_IN.otherWay }
      if (outcome?.account === null && email === null)
        throw wayOn(new Problem('email_not_verified'), another)
      return outcome && (await enter(call, config, isolate, secrets, outcome))
    } catch (error) {
      const problem = asProblem(error)
      if (problem.status < 500) throw problem
      const sealed = await sealPerson(said, contextOf(begun), await tagKeysOf(call.env))
      problem.headers['set-cookie'] = saidCookie(sealed, SAID_MAX_AGE_S)
      throw problem
    }
  }

  return app
}

const contextOf = ({ hash, browserHash }: OpenIdSignIn) => `${hash} ${browserHash}`

const saidCookie = (value: string, maxAgeSeconds: number) =>
  setCookie(SAID_COOKIE, value, { maxAgeSeconds, secure: true })

/** The problem of a sign-in that begins anew; the person still goes on to `returnPath`. */
function invalid(returnPath: string | null): Problem {
  const link = { href: signInHref(returnPath), words: SIGN_IN.startAgain }
  return wayOn(new Problem('sign_in_google_invalid'), link)
}
