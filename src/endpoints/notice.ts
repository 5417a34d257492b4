/** Tells a person by mail of a new key and a new browser, after the answer. */
import type { Config } from '../config/config.ts'
import { deadline } from '../lib/deadline.ts'
import { logError } from '../lib/log.ts'
import type { MailView, WrittenMail } from '../pages/mail.tsx'
import type { NoticeFacts } from '../pages/noticeMail.ts'
import type { Call } from '../pipeline/call.ts'
import type { Isolate } from '../store/isolate.ts'
import { requestFacts } from './requestFacts.ts'

// Pages, words and SQL are loaded with the first mail, after its answer.
const mails = () => import('../pages/noticeMail.ts')

/** How long the platform may take to accept a mail, in milliseconds. */
const MAIL_TIMEOUT_MS = 10_000

/** The gateway that a call is answered by. */
interface Teller {
  call: Call
  config: Config
  isolate: Isolate
}

/** Tells of a new API key, once, however often its creation is retried. */
export function tellOfKey(
  teller: Teller,
  { accountId, id, ...key }: { accountId: string; id: string; name: string; prefix: string },
): void {
  tell(teller, { accountId, subject: `key ${id}` }, async (view, facts) => {
    const { newKeyMail } = await mails()
    return newKeyMail(view, facts, key)
  })
}

/** Tells of a session in a browser that was not signed in before, once. */
export function tellOfBrowser(
  teller: Teller,
  { accountId, sessionId }: { accountId: string; sessionId: string },
): void {
  tell(teller, { accountId, subject: `session ${sessionId}` }, async (view, facts) => {
    const { newBrowserMail } = await mails()
    return newBrowserMail(view, facts)
  })
}

/**
 * Sends a mail in `waitUntil`, in the language of the account. A mail that fails is logged, and
 * fails nothing else. Over the limit of mails for an account none is sent.
 */
function tell(
  { call, config, isolate }: Teller,
  about: { accountId: string; subject: string },
  write: (view: MailView, facts: NoticeFacts) => Promise<WrittenMail>,
): void {
  const { mail: settings, site, publicUrl } = config
  if (settings === null) return
  const at = Date.now()
  const work = async () => {
    isolate.notices.take(about.accountId)
    const { mailOf } = await import('../store/signIn/mail.ts')
    const mail = mailOf(call.env, settings)
    const { claimNotice } = await import('../store/signIn/notices.ts')
    const reader = await claimNotice(call.env, about, at)
    if (reader === null) return
    const { email, locale } = reader
    const facts = { email, ...requestFacts(call), at }
    const { wordsIn } = await import('../pages/words.ts')
    const message = await write({ site, publicUrl, words: wordsIn(locale) }, facts)
    await deadline(MAIL_TIMEOUT_MS, () => mail.send({ to: email, ...message }))
  }
  call.waitUntil(work().catch((error) => logError('notice_not_sent', error)))
}
