/** Who is signed in, for the pages: read anew, as what they let people do must not rest on a lease. */

import type { Config } from '../config/config.ts'
import { cookieValues } from '../http/cookies.ts'
import type { Call } from '../pipeline/call.ts'
import type { Isolate } from '../store/isolate.ts'

export interface SignedIn {
  accountId: string
  /** Names the session; no secret. */
  sessionId: string
  email: string
}

/** The session of the browser that asks, or null: there is none, or two. Throws for a silent store. */
export async function signedIn(
  call: Call,
  config: Config,
  isolate: Isolate,
): Promise<SignedIn | null> {
  const presented = onlyCookie(call, config.sessions.cookie) ?? ''
  const hash = await isolate.sessions.hashOf(call.env, presented)
  const session = hash === null ? null : await isolate.sessions.findUncached(call.env, hash)
  if (session === null) return null
  const { id, accountId } = session.record
  return { accountId, sessionId: id, email: session.email }
}

/** The value of a cookie, or null: there is none, or two of the name. */
export function onlyCookie(call: Call, name: string): string | null {
  const [value, second] = cookieValues(call.header('cookie') ?? '', name)
  return value === undefined || second !== undefined ? null : value
}
