/** The last step of every way to sign in: the session begins, and the person goes on. */

import type { Config } from '../config/config.ts'
import { OWN_PATHS } from '../config/ownPaths.ts'
import { deriveSecrets, type MintedSecret } from '../credentials/minted.ts'
import { Problem } from '../http/problem.ts'
import { browserName, placeOf } from '../http/userAgent.ts'
import { randomHex } from '../lib/bytes.ts'
import { askedLocale } from '../pages/view.ts'
import { SIGN_IN } from '../pages/words/signIn.ts'
import type { Call } from '../pipeline/call.ts'
import { tagKeysOf } from '../store/env.ts'
import type { Isolate } from '../store/isolate.ts'
import type { NewSession, SignInOutcome } from '../store/signIn/linkUse.ts'
import { tellOfBrowser } from './notice.ts'
import { redirect } from './redirect.ts'
import { beginSession } from './session.ts'
import { browserCookie, knownBrowser, knownCookie } from './signInLink.ts'
import { wayOn } from './wayOn.ts'

/**
 * The secrets of the session that a sign-in begins, the newest tag key's first. They are made from
 * `source`, which holds something that only this browser knows, so that a retry gets the very same
 * session, and nobody else can get it.
 */
export async function sessionSecrets(call: Call, source: string): Promise<MintedSecret[]> {
  return deriveSecrets('session', source, await tagKeysOf(call.env))
}

/** The session to store for these secrets, and the account to create for a new person. */
export function newSession(
  call: Call,
  { sessions }: Config,
  secrets: readonly MintedSecret[],
): NewSession {
  const beginsAt = Date.now()
  return {
    hashes: secrets.map(({ hash }) => hash),
    id: `ses_${randomHex(12)}`,
    browser: browserName(call.header('user-agent')),
    place: placeOf((call.request as { cf?: unknown }).cf),
    beginsAt,
    endsAt: beginsAt + sessions.absoluteMs,
    account: { id: `acc_${randomHex(12)}`, locale: askedLocale(call) },
  }
}

/**
 * Gives the browser its session, ends the one that it had, and sends the person on. Null if the
 * outcome's session is none of `secrets`. Throws account_not_admitted, account_disabled and
 * service_unavailable.
 */
export async function enter(
  call: Call,
  config: Config,
  isolate: Isolate,
  secrets: readonly MintedSecret[],
  { account, session, email, returnPath }: SignInOutcome,
): Promise<Response | null> {
  const another = { href: OWN_PATHS.signIn, words: SIGN_IN.otherAccount }
  if (account === null) throw wayOn(new Problem('account_not_admitted'), another)
  if (account.isDisabled) throw wayOn(new Problem('account_disabled'), another)
  const secret = secrets.find(({ hash }) => hash === session?.hash)
  if (session === null || secret === undefined) return null
  const { id, createdAt } = session
  const record = { id, accountId: account.id, createdAt, seenAt: createdAt }
  const isKnown = (await knownBrowser(call, email)) !== null
  const cookies = await beginSession(call, config, isolate, secret, record)
  if (!isKnown) tellOfBrowser({ call, config, isolate }, { accountId: account.id, sessionId: id })
  return redirect(returnPath, [...cookies, browserCookie('', 0), await knownCookie(call, email)])
}
