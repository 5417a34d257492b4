/** The mail with a sign-in link and a code. */
import { shownCode } from '../credentials/signInCode.ts'
import { askedBy, type RequestFacts } from './askedBy.ts'
import { type MailView, type WrittenMail, writeMail } from './mail.tsx'
import { SIGN_IN, SIGN_IN_MAIL } from './words/signIn.ts'

/** The mail for a link and a code that are valid for `linkMs` ms; `facts` are of who asked. */
export function signInMail(
  view: MailView,
  { url, code, linkMs }: { url: string; code: string; linkMs: number },
  facts: RequestFacts,
): WrittenMail {
  const { say, duration } = view.words
  const subject = say(SIGN_IN_MAIL.subject, { site: view.site.name })
  return writeMail(view, subject, [
    say(SIGN_IN_MAIL.open),
    { url, name: subject },
    say(SIGN_IN_MAIL.elsewhere),
    { code: shownCode(code) },
    say(SIGN_IN_MAIL.care, { host: new URL(url).hostname }),
    say(SIGN_IN.expires, { time: duration(linkMs) }),
    askedBy(view.words, facts),
    say(SIGN_IN_MAIL.unasked),
  ])
}
