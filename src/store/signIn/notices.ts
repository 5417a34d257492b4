/** Mails about keys and browsers in D1: each is sent once, whatever is retried. */
import { sql } from 'drizzle-orm'
import type { Locale } from '../../lib/locale.ts'
import { ask } from '../ask.ts'
import { transact } from '../db.ts'
import type { Env } from '../env.ts'
import { accounts } from '../schema.ts'
import { notices } from './schema.ts'

/** The person that a mail is for. */
export interface NoticeReader {
  email: string
  locale: Locale
}

/**
 * Claims the mail about a subject at `now` (epoch milliseconds), and returns the person of the
 * account. Null if the mail was claimed before, or the account is disabled or gone.
 */
export async function claimNotice(
  env: Env,
  { subject, accountId }: { subject: string; accountId: string },
  now: number,
): Promise<NoticeReader | null> {
  const isEnabled = sql`id = ${accountId} and disabled_at is null`
  const [claimed = [], readers = []] = await ask('D1', () =>
    transact(
      env,
      sql`insert into ${notices} (subject, at)
          select ${subject}, ${now} from ${accounts} where ${isEnabled}
          on conflict do nothing returning subject`,
      sql`select email, locale from ${accounts} where ${isEnabled}`,
    ),
  )
  const [reader = null] = readers as NoticeReader[]
  return claimed.length === 0 ? null : reader
}
