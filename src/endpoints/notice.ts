/** Tells a person by mail of a new key and a new browser, after the answer. */
import type { Config } from '../config/config.ts'
import { logError } from '../lib/log.ts'
import type { Call } from '../pipeline/call.ts'
import type { Isolate } from '../store/isolate.ts'
import type { NoticeSubject } from './sendNotice.ts'

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
  tell(teller, { accountId, subject: `key ${id}`, key })
}

/** Tells of a session in a browser that was not signed in before, once. */
export function tellOfBrowser(
  teller: Teller,
  { accountId, sessionId }: { accountId: string; sessionId: string },
): void {
  tell(teller, { accountId, subject: `session ${sessionId}`, key: null })
}

/**
 * Sends a mail in `waitUntil`. A mail that fails is logged, and fails nothing else. Over the limit
 * of mails for an account none is sent.
 */
function tell({ call, config, isolate }: Teller, notice: NoticeSubject): void {
  const { mail } = config
  if (mail === null) return
  const at = Date.now()
  const work = async () => {
    isolate.notices.take(notice.accountId)
    // Pages, words and SQL are loaded with the first mail, after its answer.
    const { sendNotice } = await import('./sendNotice.ts')
    await sendNotice(call, { ...config, mail }, notice, at)
  }
  call.waitUntil(work().catch((error) => logError('notice_not_sent', error)))
}
