/** Writes and sends the mails of notice.ts. */
import type { Config } from '../config/config.ts'
import { deadline } from '../lib/deadline.ts'
import { newBrowserMail, newKeyMail } from '../pages/noticeMail.ts'
import { wordsIn } from '../pages/words.ts'
import type { Call } from '../pipeline/call.ts'
import { mailOf } from '../store/signIn/mail.ts'
import { claimNotice } from '../store/signIn/notices.ts'
import { requestFacts } from './requestFacts.ts'

/** How long the platform may take to accept a mail, in milliseconds. */
const MAIL_TIMEOUT_MS = 10_000

/** The subject of a mail to an account: a new key, or, if that is null, a new browser. */
export interface NoticeSubject {
  accountId: string
  /** The mail about a subject is sent once. */
  subject: string
  key: { name: string; prefix: string } | null
}

/**
 * Sends a mail in the language of the account, unless it was sent before or the account is gone.
 * `at` is when its subject came to be, in epoch milliseconds. Rejects if the mail cannot be sent.
 */
export async function sendNotice(
  call: Call,
  config: Pick<Config, 'site' | 'publicUrl'> & { mail: NonNullable<Config['mail']> },
  { key, ...about }: NoticeSubject,
  at: number,
): Promise<void> {
  const mail = mailOf(call.env, config.mail)
  const reader = await claimNotice(call.env, about, at)
  if (reader === null) return
  const view = { site: config.site, publicUrl: config.publicUrl, words: wordsIn(reader.locale) }
  const facts = { email: reader.email, ...requestFacts(call), at }
  const message = key === null ? newBrowserMail(view, facts) : newKeyMail(view, facts, key)
  await deadline(MAIL_TIMEOUT_MS, () => mail.send({ to: reader.email, ...message }))
}
