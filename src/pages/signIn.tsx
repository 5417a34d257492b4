/**
 * The pages of signing in: the form, the link that was opened, and the end. `signInCode.tsx` has
 * those with the code.
 */

import type { Child } from 'hono/jsx'
import { OWN_PATHS } from '../config/ownPaths.ts'
import { MAX_RETURN_PATH_LENGTH } from '../http/returnPath.ts'
import { shownText } from '../lib/shownText.ts'
import { page } from './layout.tsx'
import type { View } from './view.ts'
import { FRAME } from './words/frame.ts'
import { SIGN_IN } from './words/signIn.ts'

/** In characters. */
const MAX_EMAIL_LENGTH = 254
/** In code points, as on the consent page: the end of a host says whose it is. */
const MAX_NAME_LENGTH = 64
const MAX_HOST_LENGTH = 320
/** In characters: an address with a name before it. */
const MAX_TYPED_LENGTH = 512

/** The URL of the form, or of `path`, with the page to return to. */
export function signInHref(returnPath: string | null, path: string = OWN_PATHS.signIn): string {
  return returnPath === null ? path : `${path}?return=${encodeURIComponent(returnPath)}`
}

/** The URL of the page that says who is signed in and lets the person use another account. */
export function anotherAccountHref(returnPath: string | null): string {
  const href = signInHref(returnPath)
  return `${href}${returnPath === null ? '?' : '&'}another=1`
}

/** The URL of the form that says that what was sent without a session was not done. */
export function interruptedHref(returnPath: string): string {
  return `${signInHref(returnPath)}&interrupted=1`
}

/** An application that asks for access: its own name for itself, or its document's host. */
export type Application = { name: string } | { host: string }

export interface SignInForm {
  returnPath: string | null
  /** Whether the page offers sign-in with Google. */
  hasGoogle?: boolean
  /** The application that the person signs in for. */
  application?: Application | null
  /** Whether a page to return to was named and is longer than the gateway can keep. */
  isTooLong?: boolean
  /** Whether the person has sent a form of another page, whose session had ended. */
  isInterrupted?: boolean
  /** The text that was typed and is not an e-mail address, with the complaint. */
  refused?: { typed: string; complaint: string }
  /** Values of `Set-Cookie`. */
  cookies?: readonly string[]
}

/**
 * The form, which posts `email` and `return`. With `refused`: status 400, and the complaint at the
 * field.
 */
export function signInPage(view: View, form: SignInForm): Response {
  const {
    returnPath,
    hasGoogle,
    application = null,
    isTooLong,
    isInterrupted,
    refused,
    cookies = [],
  } = form
  const { say } = view.words
  const isRefused = refused !== undefined
  const content = (
    <>
      {isTooLong ? (
        <p class="warning">{say(SIGN_IN.tooLong, { length: MAX_RETURN_PATH_LENGTH })}</p>
      ) : null}
      {isInterrupted ? <p class="warning">{say(SIGN_IN.interrupted)}</p> : null}
      {application === null ? null : <p>{askedBy(view, application)}</p>}
      <p class="soft">{say(SIGN_IN.noPassword)}</p>
      <form method="post" action={OWN_PATHS.signIn}>
        <ReturnField path={returnPath} />
        <label for="email">{say(SIGN_IN.email)}</label>
        {isRefused ? (
          <p id="refused" class="error">
            {refused.complaint}
          </p>
        ) : null}
        <input
          id="email"
          type={isRefused ? 'text' : 'email'}
          inputmode="email"
          name="email"
          required
          autocomplete="email"
          maxlength={MAX_TYPED_LENGTH}
          value={shownText(refused?.typed ?? '', MAX_TYPED_LENGTH)}
          {...(isRefused ? { 'aria-invalid': 'true', 'aria-describedby': 'refused' } : {})}
        />
        <div class="choices">
          <button type="submit">{say(SIGN_IN.send)}</button>
        </div>
      </form>
      {hasGoogle ? (
        <form method="post" action={OWN_PATHS.signInGoogle}>
          <ReturnField path={returnPath} />
          <div class="choices last">
            <button type="submit" class="second">
              {say(SIGN_IN.google)}
            </button>
          </div>
        </form>
      ) : null}
    </>
  )
  const status = isRefused ? 400 : 200
  return page(view, { status, title: say(SIGN_IN.title), cookies, content })
}

/** Says which application asks. Its name is a stranger's text. */
function askedBy({ words }: View, application: Application): Child {
  const isNamed = 'name' in application
  const text = isNamed
    ? shownText(application.name, MAX_NAME_LENGTH)
    : shownText(application.host, MAX_HOST_LENGTH)
  if (text === '') return words.say(SIGN_IN.forApplication)
  const name = (
    <strong>
      <bdi>{text}</bdi>
    </strong>
  )
  return words.show(isNamed ? SIGN_IN.forNamed : SIGN_IN.forHost, { name })
}

/** The hidden field with the page to return to. */
export function ReturnField({ path }: { path: string | null }) {
  return path === null ? null : <input type="hidden" name="return" value={path} />
}

/** The page that a link opens. Its form posts `token`, and only that post uses the link. */
export function linkPage(
  view: View,
  { email, token, cookies }: { email: string; token: string; cookies: readonly string[] },
): Response {
  const { say, show } = view.words
  const content = (
    <>
      <p>{show(SIGN_IN.confirm, { email: <strong>{email}</strong> })}</p>
      <form method="post" action={OWN_PATHS.signInLink}>
        <input type="hidden" name="token" value={token} />
        <div class="choices">
          <button type="submit">{say(SIGN_IN.title)}</button>
        </div>
      </form>
    </>
  )
  return page(view, { title: say(SIGN_IN.confirmTitle), cookies, content })
}

/**
 * Says which account is signed in, and lets the person sign out. With a page to return to: lets the
 * person go on there, with this account or another one.
 */
export function signedInPage(view: View, email: string, returnPath: string | null): Response {
  const { say, show } = view.words
  const shown = <strong>{shownText(email, MAX_EMAIL_LENGTH)}</strong>
  const content = (
    <>
      <p>{show(SIGN_IN.account, { email: shown })}</p>
      <form method="post" action={OWN_PATHS.signOut}>
        <ReturnField path={returnPath} />
        <div class="choices">
          <button type="submit" class="second">
            {say(returnPath === null ? FRAME.signOut : SIGN_IN.switchAccount)}
          </button>
        </div>
      </form>
      {returnPath === null ? null : (
        <p class="last">
          <a href={returnPath}>{say(SIGN_IN.goOn)}</a>
        </p>
      )}
    </>
  )
  return page(view, { title: say(SIGN_IN.doneTitle), content })
}
