/** Who is signed in, for the pages: read anew, as what they let people do must not rest on a lease. */
import type { AppContext } from '../context.ts'
import { parseSessionToken } from '../credentials/session.ts'
import { isTagged } from '../credentials/tag.ts'
import { sha256Hex } from '../lib/bytes.ts'
import { cookieValues } from '../lib/cookies.ts'
import type { Gateway } from '../lib/gateway.ts'
import { secretsOf } from '../store/env.ts'
import type { Isolate } from '../store/isolate.ts'

export interface SignedIn {
  accountId: string
  /** Names the session; no secret. */
  sessionId: string
  email: string
}

/** The session of the browser that asks, or null: there is none, or two. Throws for a silent store. */
export async function signedIn(
  c: AppContext,
  gateway: Gateway,
  isolate: Isolate,
): Promise<SignedIn | null> {
  const cookies = c.req.header('cookie') ?? ''
  const [value, second] = cookieValues(cookies, gateway.sessions.cookie)
  if (value === undefined || second !== undefined) return null
  const token = parseSessionToken(value)
  if (token === null) return null
  const { tagKeys } = await secretsOf(c.env)
  if (!(await isTagged('session', token, tagKeys))) return null
  const session = await isolate.sessions.findAnew(c.env, await sha256Hex(token))
  if (session === null) return null
  const { id, accountId } = session.record
  return { accountId, sessionId: id, email: session.email }
}
