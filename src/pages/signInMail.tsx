/** The mail with a sign-in link and a code. */
import { shownCode } from '../credentials/signInCode.ts'
import { inWords } from '../lib/time.ts'

/** The mail's subject, text and HTML, for a link and a code that are valid for `linkMs` ms. */
export function signInMail(
  url: string,
  code: string,
  linkMs: number,
): { subject: string; text: string; html: string } {
  const { hostname: site } = new URL(url)
  const subject = `Sign in to ${site}`
  const where = 'Open this link in the browser where you asked for it:'
  const elsewhere = 'Reading this on another device? Type this code on the page that waits for it:'
  const shown = shownCode(code)
  const care =
    `Type the code only on a page of ${site} where you asked for this mail yourself. ` +
    'Never tell it to anybody.'
  const validity = `Link and code work once and expire after ${inWords(linkMs)}.`
  const unasked =
    'If you did not ask for it, ignore this mail: nobody can sign in without the link or the code.'
  const html = (
    <html lang="en">
      <body>
        <p>{where}</p>
        <p>
          <a href={url}>{subject}</a>
        </p>
        <p>{elsewhere}</p>
        <p>
          <strong>{shown}</strong>
        </p>
        <p>{care}</p>
        <p>{validity}</p>
        <p>{unasked}</p>
      </body>
    </html>
  )
  const parts = [where, url, elsewhere, shown, care, validity, unasked]
  return { subject, text: `${parts.join('\n\n')}\n`, html: `<!doctype html>${html}` }
}
