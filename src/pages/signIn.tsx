/**
 * The pages of signing in: the form, the mail that was sent, the link that was opened, and the end.
 */

import { OWN_PATHS } from '../config/ownPaths.ts'
import { MAX_RETURN_PATH_LENGTH } from '../http/returnPath.ts'
import { shownText } from '../lib/shownText.ts'
import { inWords } from '../lib/time.ts'
import type { Call } from '../pipeline/call.ts'
import { page, siteOf } from './layout.tsx'

/** In characters. */
const MAX_EMAIL_LENGTH = 254
/** In characters: an address with a name before it. */
const MAX_TYPED_LENGTH = 512
/** In characters: a code with blanks and dashes. */
const MAX_CODE_LENGTH = 64

/** Begins the complaint about something that is not an e-mail address, on the page and in JSON. */
export const INVALID_EMAIL = 'Enter a valid e-mail address.'

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
  /** Whether the page offers sign-in with Google. */
  hasGoogle?: boolean
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
  call: Call,
  { returnPath, hasGoogle = false, isTooLong = false, refused, cookies = [] }: SignInForm,
): Response {
  const isRefused = refused !== undefined
  const content = (
    <>
      {isTooLong ? (
        <p class="warning">
          The address that you came from has more than {String(MAX_RETURN_PATH_LENGTH)} characters,
          so you cannot be sent back there. After signing in, start again where you came from.
        </p>
      ) : null}
      {isAuthorization(returnPath) ? (
        <p>
          An application asks for access to your account. Sign in to see which one, and to decide.
        </p>
      ) : null}
      <p class="soft">
        We will send you a mail with a link and a code. Either signs you in. You do not need a
        password.
      </p>
      <form method="post" action={OWN_PATHS.signIn}>
        <ReturnField path={returnPath} />
        <label for="email">E-mail</label>
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
          <button type="submit">Send the link</button>
        </div>
      </form>
      {hasGoogle ? (
        <form method="post" action={OWN_PATHS.signInGoogle}>
          <ReturnField path={returnPath} />
          <div class="choices last">
            <button type="submit" class="second">
              Sign in with Google
            </button>
          </div>
        </form>
      ) : null}
    </>
  )
  const status = isRefused ? 400 : 200
  return page({ status, title: 'Sign in', site: siteOf(call), cookies, content })
}

/** Whether a person signs in because an OAuth client asks for access. */
function isAuthorization(returnPath: string | null): boolean {
  return returnPath?.split('?')[0] === OWN_PATHS.authorize
}

function ReturnField({ path }: { path: string | null }) {
  return path === null ? null : <input type="hidden" name="return" value={path} />
}

/** The form for the code of the mail, which posts `code` and `return`. */
function CodeForm({ returnPath, complaint }: { returnPath: string | null; complaint?: string }) {
  return (
    <form method="post" action={OWN_PATHS.signInCode}>
      <ReturnField path={returnPath} />
      <label for="code">Code</label>
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
        <button type="submit">Sign in</button>
      </div>
    </form>
  )
}

const CODE_CARE = 'Type a code only if you asked for the mail yourself, here in this browser.'

/**
 * Says that a mail was sent, in the same words for every address, and takes its code. `cookie` is
 * the `Set-Cookie` value that gives the browser its id; link and code are valid for `linkMs`
 * milliseconds.
 */
export function mailSentPage(
  call: Call,
  sent: { email: string; returnPath: string | null; linkMs: number; cookie: string },
): Response {
  const { email, returnPath, linkMs, cookie } = sent
  const content = (
    <>
      <p>
        We have sent a sign-in link and a code to <strong>{email}</strong>.
      </p>
      <p>
        Open the link in this browser. If you read the mail on another device, type its code here.
      </p>
      <CodeForm returnPath={returnPath} />
      <p class="soft last">
        {CODE_CARE} Link and code work once and expire after {inWords(linkMs)}.
      </p>
      <p class="soft last">
        No mail? Look in your spam folder, or{' '}
        <a href={signInHref(returnPath)}>ask for another link</a>.
      </p>
    </>
  )
  return page({ title: 'Check your mail', site: siteOf(call), cookies: [cookie], content })
}

/** The form for the code alone; with a complaint: status 400, and the complaint at the field. */
export function codePage(
  call: Call,
  { returnPath, complaint }: { returnPath: string | null; complaint?: string },
): Response {
  const content = (
    <>
      <p>Type the code of the latest sign-in mail. {CODE_CARE}</p>
      <CodeForm returnPath={returnPath} {...(complaint === undefined ? {} : { complaint })} />
      <p class="soft last">
        No mail? Look in your spam folder, or{' '}
        <a href={signInHref(returnPath)}>ask for another link</a>.
      </p>
    </>
  )
  const status = complaint === undefined ? 200 : 400
  return page({ status, title: 'Enter the code', site: siteOf(call), content })
}

/** The page that a link opens. Its form posts `token`, and only that post uses the link. */
export function linkPage(
  call: Call,
  { email, token, cookies }: { email: string; token: string; cookies: readonly string[] },
): Response {
  const content = (
    <>
      <p>
        You are about to sign in as <strong>{email}</strong>.
      </p>
      <form method="post" action={OWN_PATHS.signInLink}>
        <input type="hidden" name="token" value={token} />
        <div class="choices">
          <button type="submit">Sign in</button>
        </div>
      </form>
    </>
  )
  return page({ title: 'Is this you?', site: siteOf(call), cookies, content })
}

/**
 * Says which account is signed in, and lets the person sign out. With a page to return to: lets the
 * person go on there, with this account or another one.
 */
export function signedInPage(call: Call, email: string, returnPath: string | null): Response {
  const content = (
    <>
      <p>
        Your account: <strong>{shownText(email, MAX_EMAIL_LENGTH)}</strong>
      </p>
      <form method="post" action={OWN_PATHS.signOut}>
        <ReturnField path={returnPath} />
        <div class="choices">
          <button type="submit" class="second">
            {returnPath === null ? 'Sign out' : 'Sign out and use another account'}
          </button>
        </div>
      </form>
      {returnPath === null ? null : (
        <p class="last">
          <a href={returnPath}>Go on with this account</a>
        </p>
      )}
    </>
  )
  return page({ title: 'You are signed in', site: siteOf(call), content })
}
