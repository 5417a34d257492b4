/**
 * The pages of signing in: the form, the mail that was sent, the link that was opened, and the end.
 */

import { OWN_PATHS } from '../config/ownPaths.ts'
import { shownText } from '../lib/shownText.ts'
import { inWords } from '../lib/time.ts'
import type { Call } from '../pipeline/call.ts'
import { page, siteOf } from './layout.tsx'

/** In characters. */
const MAX_EMAIL_LENGTH = 254

/** The complaint about something that is not an e-mail address, as the page and the JSON say it. */
export const INVALID_EMAIL = 'Enter a valid e-mail address.'

/**
 * The form, which posts `email` and `return`. With `refused`, the text that was typed and is not an
 * e-mail address: status 400, and the complaint at the field.
 */
export function signInPage(
  call: Call,
  { returnPath, refused }: { returnPath: string | null; refused?: string },
): Response {
  const isRefused = refused !== undefined
  const content = (
    <>
      <p class="soft">We will send you a link that signs you in. You do not need a password.</p>
      <form method="post" action={OWN_PATHS.signIn}>
        {returnPath === null ? null : <input type="hidden" name="return" value={returnPath} />}
        <label for="email">E-mail</label>
        {isRefused ? (
          <p id="refused" class="error">
            {INVALID_EMAIL}
          </p>
        ) : null}
        <input
          id="email"
          type="email"
          name="email"
          required
          autocomplete="email"
          maxlength={MAX_EMAIL_LENGTH}
          value={shownText(refused ?? '', MAX_EMAIL_LENGTH)}
          {...(isRefused ? { 'aria-invalid': 'true', 'aria-describedby': 'refused' } : {})}
        />
        <div class="choices">
          <button type="submit">Send the link</button>
        </div>
      </form>
    </>
  )
  return page({ status: isRefused ? 400 : 200, title: 'Sign in', site: siteOf(call), content })
}

/**
 * Says that a link was sent, in the same words for every address. `cookie` is the `Set-Cookie`
 * value that gives the browser its id; the link is valid for `linkMs` milliseconds.
 */
export function mailSentPage(
  call: Call,
  sent: { email: string; returnPath: string | null; linkMs: number; cookie: string },
): Response {
  const { email, returnPath, linkMs, cookie } = sent
  const query = returnPath === null ? '' : `?return=${encodeURIComponent(returnPath)}`
  const content = (
    <>
      <p>
        We have sent a sign-in link to <strong>{email}</strong>.
      </p>
      <p>Open the link in this browser. It works once and expires after {inWords(linkMs)}.</p>
      <p class="soft">
        No mail? Look in your spam folder, or{' '}
        <a href={`${OWN_PATHS.signIn}${query}`}>ask for another link</a>.
      </p>
    </>
  )
  const headers = { 'set-cookie': cookie }
  return page({ title: 'Check your mail', site: siteOf(call), headers, content })
}

/** The page that a link opens. Its form posts `token`, and only that post uses the link. */
export function linkPage(call: Call, { email, token }: { email: string; token: string }): Response {
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
  return page({ title: 'Is this you?', site: siteOf(call), content })
}

/**
 * For a signed-in person without a page to return to: says which account it is, and lets the person
 * sign out.
 */
export function signedInPage(call: Call, email: string): Response {
  const content = (
    <>
      <p>
        Your account: <strong>{shownText(email, MAX_EMAIL_LENGTH)}</strong>
      </p>
      <form method="post" action={OWN_PATHS.signOut}>
        <div class="choices">
          <button type="submit" class="second">
            Sign out
          </button>
        </div>
      </form>
    </>
  )
  return page({ title: 'You are signed in', site: siteOf(call), content })
}
