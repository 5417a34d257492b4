/** The mails that tell a person of a new key or a new browser. */
import { DASHBOARD_PATHS } from './dashboard/paths.ts'
import { type MailPart, type MailView, type WrittenMail, writeMail } from './mail.tsx'
import { NEW_BROWSER_MAIL, NEW_KEY_MAIL, NOTICE_MAIL } from './words/notices.ts'

/** The request that a mail is about: who asked, where, and when. */
export interface NoticeFacts {
  /** The e-mail address of the account. */
  email: string
  /** Like "Firefox, Windows"; "" if it is unknown. */
  browser: string
  /** Like "Izmir, TR"; "" if it is unknown. */
  place: string
  /** Epoch milliseconds. */
  at: number
}

/** The mail about a new API key. */
export function newKeyMail(
  view: MailView,
  facts: NoticeFacts,
  { name, prefix }: { name: string; prefix: string },
): WrittenMail {
  const { words, site } = view
  const { email } = facts
  return writeMail(view, words.say(NEW_KEY_MAIL.subject, { site: site.name }), [
    words.say(NEW_KEY_MAIL.made, { name, prefix, email }),
    ...factsOf(view, facts),
    words.say(NEW_KEY_MAIL.notYou),
    toAccount(view),
  ])
}

/** The mail about a browser that was not signed in to the account before. */
export function newBrowserMail(view: MailView, facts: NoticeFacts): WrittenMail {
  const { words, site } = view
  return writeMail(view, words.say(NEW_BROWSER_MAIL.subject, { site: site.name }), [
    words.say(NEW_BROWSER_MAIL.signedIn, { email: facts.email }),
    ...factsOf(view, facts),
    words.say(NEW_BROWSER_MAIL.notYou),
    toAccount(view),
  ])
}

function factsOf({ words }: MailView, { browser, place, at }: NoticeFacts): string[] {
  const unknown = words.say(NOTICE_MAIL.unknown)
  return [
    words.say(NOTICE_MAIL.who, { browser: browser || unknown }),
    words.say(NOTICE_MAIL.where, { place: place || unknown }),
    words.say(NOTICE_MAIL.when, { time: words.time(at) }),
  ]
}

function toAccount({ words, publicUrl }: MailView): MailPart {
  return { url: publicUrl + DASHBOARD_PATHS.account, name: words.say(NOTICE_MAIL.toAccount) }
}
