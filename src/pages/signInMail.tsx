/** The mail that has a sign-in link in it. */
import { inWords } from '../lib/time.ts'

/** Subject and both forms of the text, for a link to a page of ours that can be used for `linkMs`. */
export function signInMail(
  url: string,
  linkMs: number,
): { subject: string; text: string; html: string } {
  const { hostname: site } = new URL(url)
  const how = 'Open this link in the browser in which you asked for it:'
  const howLong = `It works once, for ${inWords(linkMs)}. If you did not ask for it, do nothing: without this mail nobody gets in.`
  const html = (
    <html lang="en">
      <body>
        <p>{how}</p>
        <p>
          <a href={url}>Sign in to {site}</a>
        </p>
        <p>{howLong}</p>
      </body>
    </html>
  )
  return {
    subject: `Sign in to ${site}`,
    text: `${how}\n\n${url}\n\n${howLong}\n`,
    html: `<!doctype html>${html}`,
  }
}
