/** The pages of signing in. */

import { shownText } from '../lib/shownText.ts'
import { inWords } from '../lib/time.ts'
import type { Call } from '../pipeline/call.ts'
import { page, siteOf } from './layout.tsx'

const MAX_EMAIL = 254

/** Asks for an e-mail; `refused` is what was typed, if that was none. The form posts `email` and `return`. */
export function signInPage(
  call: Call,
  { returnPath, refused }: { returnPath: string | null; refused?: string },
): Response {
  const isRefused = refused !== undefined
  const content = (
    <>
      <p class="soft">We send you a link by e-mail. There is no password.</p>
      <form method="post" action="/sign-in">
        {returnPath === null ? null : <input type="hidden" name="return" value={returnPath} />}
        <label for="email">E-mail</label>
        {isRefused ? (
          <p id="refused" class="error">
            This is no e-mail address.
          </p>
        ) : null}
        <input
          id="email"
          type="email"
          name="email"
          required
          autocomplete="email"
          maxlength={MAX_EMAIL}
          value={shownText(refused ?? '', MAX_EMAIL)}
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

/** The same for every address. `cookie` names the browser. */
export function mailSentPage(
  call: Call,
  sent: { email: string; returnPath: string | null; linkMs: number; cookie: string },
): Response {
  const { email, returnPath, linkMs, cookie } = sent
  const again = returnPath === null ? '' : `?return=${encodeURIComponent(returnPath)}`
  const content = (
    <>
      <p>
        If <strong>{email}</strong> can receive mail, a link is on its way.
      </p>
      <p class="soft">
        Open it in this browser. It works once, for {inWords(linkMs)}. No mail? Look among the spam,
        or <a href={`/sign-in${again}`}>ask again</a>.
      </p>
    </>
  )
  const headers = { 'set-cookie': cookie }
  return page({ title: 'Look at your mail', site: siteOf(call), headers, content })
}

/** What a link opens. Its form posts `token`, and only that uses the link. */
export function linkPage(call: Call, { email, token }: { email: string; token: string }): Response {
  const content = (
    <>
      <p>
        You are about to sign in as <strong>{email}</strong>.
      </p>
      <form method="post" action="/sign-in/link">
        <input type="hidden" name="token" value={token} />
        <div class="choices">
          <button type="submit">Sign in</button>
        </div>
      </form>
    </>
  )
  return page({ title: 'Is this you?', site: siteOf(call), content })
}

/** For a person who is signed in already and came for nothing else. */
export function signedInPage(call: Call, email: string): Response {
  const content = (
    <>
      <p>
        As <strong>{shownText(email, MAX_EMAIL)}</strong>.
      </p>
      <form method="post" action="/sign-out">
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
