/**
 * The pages of signing in: the form, the mail that was sent, the link that was opened, and the end.
 */

import { OWN_PATHS } from '../config/ownPaths.ts'
import { MAX_RETURN_PATH_LENGTH } from '../http/returnPath.ts'
import { shownText } from '../lib/shownText.ts'
import { page } from './layout.tsx'
import type { View } from './view.ts'
import { FRAME } from './words/frame.ts'
import { SIGN_IN } from './words/signIn.ts'

/** In characters. */
const MAX_EMAIL_LENGTH = 254
/** In characters: an address with a name before it. */
const MAX_TYPED_LENGTH = 512
/** In characters: a code with blanks and dashes. */
const MAX_CODE_LENGTH = 64

/** The URL of the form, or of `path`, with the page to return to. */
export function signInHref(returnPath: string | null, path: string = OWN_PATHS.signIn): string {
  return returnPath === null ? path : `${path}?return=${encodeURIComponent(returnPath)}`
}

/** The URL of the page that says who is signed in and lets the person use another account. */
export function anotherAccountHref(returnPath: string | null): string {
  const href = signInHref(returnPath)
  return `${href}${returnPath === null ? '?' : '&'}another=1`
}

export interface SignInForm {
  returnPath: string | null
  /** Whether a page to return to was named and is longer than the gateway can keep. */
  isTooLong?: boolean
  /** The text that was typed and is not an e-mail address, with the complaint. */
  refused?: { typed: string; complaint: string }
  /** Values of `Set-Cookie`. */
  cookies?: readonly string[]
}

/**
 * The form, which posts `email` and `return`. With `refused`: status 400, and the complaint at the
 * field.
 */
export function signInPage(
  view: View,
  { returnPath, isTooLong = false, refused, cookies = [] }: SignInForm,
): Response {
  const { say } = view.words
  const isRefused = refused !== undefined
  const content = (
    <>
      {isTooLong ? (
        <p class="warning">{say(SIGN_IN.tooLong, { length: MAX_RETURN_PATH_LENGTH })}</p>
      ) : null}
      {isAuthorization(returnPath) ? <p>{say(SIGN_IN.forApplication)}</p> : null}
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
    </>
  )
  const status = isRefused ? 400 : 200
  return page(view, { status, title: say(SIGN_IN.title), cookies, content })
}

/** Whether a person signs in because an OAuth client asks for access. */
function isAuthorization(returnPath: string | null): boolean {
  return returnPath?.split('?')[0] === OWN_PATHS.authorize
}

function ReturnField({ path }: { path: string | null }) {
  return path === null ? null : <input type="hidden" name="return" value={path} />
}

interface CodeFormParts {
  view: View
  returnPath: string | null
  complaint?: string
}

/** The form for the code of the mail, which posts `code` and `return`. */
function CodeForm({ view, returnPath, complaint }: CodeFormParts) {
  const { say } = view.words
  return (
    <form method="post" action={OWN_PATHS.signInCode}>
      <ReturnField path={returnPath} />
      <label for="code">{say(SIGN_IN.code)}</label>
      {complaint === undefined ? null : (
        <p id="refused" class="error">
          {complaint}
        </p>
      )}
      <input
        id="code"
        class="code"
        type="text"
        name="code"
        required
        autocomplete="one-time-code"
        autocapitalize="characters"
        spellcheck={false}
        maxlength={MAX_CODE_LENGTH}
        {...(complaint === undefined
          ? {}
          : { 'aria-invalid': 'true', 'aria-describedby': 'refused' })}
      />
      <div class="choices">
        <button type="submit">{say(SIGN_IN.title)}</button>
      </div>
    </form>
  )
}

function NoMail({ view: { words }, returnPath }: { view: View; returnPath: string | null }) {
  const again = <a href={signInHref(returnPath)}>{words.say(SIGN_IN.askAgain)}</a>
  return <p class="soft last">{words.show(SIGN_IN.noMail, { again })}</p>
}

/**
 * Says that a mail was sent, in the same words for every address, and takes its code. `cookie` is
 * the `Set-Cookie` value that gives the browser its id; link and code are valid for `linkMs`
 * milliseconds.
 */
export function mailSentPage(
  view: View,
  sent: { email: string; returnPath: string | null; linkMs: number; cookie: string },
): Response {
  const { email, returnPath, linkMs, cookie } = sent
  const { say, show, duration } = view.words
  const content = (
    <>
      <p>{show(SIGN_IN.sent, { email: <strong>{email}</strong> })}</p>
      <p>{say(SIGN_IN.openHere)}</p>
      <CodeForm view={view} returnPath={returnPath} />
      <p class="soft last">
        {say(SIGN_IN.codeCare)} {say(SIGN_IN.expires, { time: duration(linkMs) })}
      </p>
      <NoMail view={view} returnPath={returnPath} />
    </>
  )
  return page(view, { title: say(SIGN_IN.sentTitle), cookies: [cookie], content })
}

/** The form for the code alone; with a complaint: status 400, and the complaint at the field. */
export function codePage(
  view: View,
  { returnPath, complaint }: { returnPath: string | null; complaint?: string },
): Response {
  const { say } = view.words
  const content = (
    <>
      <p>
        {say(SIGN_IN.codeOfMail)} {say(SIGN_IN.codeCare)}
      </p>
      <CodeForm
        view={view}
        returnPath={returnPath}
        {...(complaint === undefined ? {} : { complaint })}
      />
      <NoMail view={view} returnPath={returnPath} />
    </>
  )
  const status = complaint === undefined ? 200 : 400
  return page(view, { status, title: say(SIGN_IN.codeTitle), content })
}

/** The page that a link opens. Its form posts `token`, and only that post uses the link. */
export function linkPage(view: View, { email, token }: { email: string; token: string }): Response {
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
  return page(view, { title: say(SIGN_IN.confirmTitle), content })
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
