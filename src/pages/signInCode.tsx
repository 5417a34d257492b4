/** The pages of signing in that take the code of the mail. */

import { OWN_PATHS } from '../config/ownPaths.ts'
import { page } from './layout.tsx'
import { ReturnField, signInHref } from './signIn.tsx'
import type { View } from './view.ts'
import { SIGN_IN } from './words/signIn.ts'

/** In characters: a code with blanks and dashes. */
const MAX_CODE_LENGTH = 64

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

/** The view of an answer to a form: a change of language leads to the code's own page. */
function withBack(view: View, returnPath: string | null): View {
  return { ...view, back: signInHref(returnPath, OWN_PATHS.signInCode) }
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
  const title = say(SIGN_IN.sentTitle)
  return page(withBack(view, returnPath), { title, cookies: [cookie], content })
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
  return page(withBack(view, returnPath), { status, title: say(SIGN_IN.codeTitle), content })
}
