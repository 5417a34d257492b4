/** The mails that tell a person of a new key or a new browser. */
import { shownText } from '../lib/shownText.ts'
import { askedBy, type RequestFacts } from './askedBy.ts'
import { DASHBOARD_PATHS } from './dashboard/paths.ts'
import { type MailPart, type MailView, type WrittenMail, writeMail } from './mail.tsx'
import { NEW_BROWSER_MAIL, NEW_KEY_MAIL, NOTICE_MAIL } from './words/notices.ts'

/** The account that a mail is about, and the request that was made for it. */
export interface NoticeFacts extends RequestFacts {
  /** The e-mail address of the account. */
  email: string
}

/** In code points: the longest name of a key. */
const MAX_NAME = 100

/** The mail about a new API key. */
export function newKeyMail(
  view: MailView,
  facts: NoticeFacts,
  { name, prefix }: { name: string; prefix: string },
): WrittenMail {
  const { words, site } = view
  const { email } = facts
  const shown = shownText(name, MAX_NAME)
  return writeMail(view, words.say(NEW_KEY_MAIL.subject, { site: site.name }), [
    words.say(NEW_KEY_MAIL.made, { name: shown, prefix, email }),
    askedBy(words, facts),
    words.say(NEW_KEY_MAIL.notYou),
    toAccount(view),
  ])
}

/** The mail about a browser that was not signed in to the account before. */
export function newBrowserMail(view: MailView, facts: NoticeFacts): WrittenMail {
  const { words, site } = view
  return writeMail(view, words.say(NEW_BROWSER_MAIL.subject, { site: site.name }), [
    words.say(NEW_BROWSER_MAIL.signedIn, { email: facts.email }),
    askedBy(words, facts),
    words.say(NEW_BROWSER_MAIL.notYou),
    toAccount(view),
  ])
}

function toAccount({ words, publicUrl }: MailView): MailPart {
  return { url: publicUrl + DASHBOARD_PATHS.account, name: words.say(NOTICE_MAIL.toAccount) }
}
