/** The mail with a sign-in link. */
import { inWords } from '../lib/time.ts'

/** The mail's subject, text and HTML, for a link that is valid for `linkMs` milliseconds. */
export function signInMail(
  url: string,
  linkMs: number,
): { subject: string; text: string; html: string } {
  const { hostname: site } = new URL(url)
  const subject = `Sign in to ${site}`
  const where = 'Open this link in the browser where you asked for it:'
  const validity = `The link works once and expires after ${inWords(linkMs)}.`
  const unasked =
    'If you did not ask for it, ignore this mail: nobody can sign in without the link.'
  const html = (
    <html lang="en">
      <body>
        <p>{where}</p>
        <p>
          <a href={url}>{subject}</a>
        </p>
        <p>{validity}</p>
        <p>{unasked}</p>
      </body>
    </html>
  )
  return {
    subject,
    text: `${where}\n\n${url}\n\n${validity}\n\n${unasked}\n`,
    html: `<!doctype html>${html}`,
  }
}
