/** The session of the browser that asks for one of the gateway's own pages. */

import type { Config } from '../config/config.ts'
import { mintSecret } from '../credentials/minted.ts'
import { cookieValues, setCookie } from '../http/cookies.ts'
import { randomHex } from '../lib/bytes.ts'
import type { Call } from '../pipeline/call.ts'
import { tagKeysOf } from '../store/env.ts'
import type { Isolate } from '../store/isolate.ts'

export interface SignedInPerson {
  accountId: string
  /** Names the session; not a secret. */
  sessionId: string
  email: string
}

/**
 * The person who is signed in, or null: the browser sends no session cookie, two of them, or one
 * whose session has ended. Read from the stores without a lease, because a page lets the person act
 * for the account. Throws service_unavailable.
 */
export async function signedInPerson(
  call: Call,
  config: Config,
  isolate: Isolate,
): Promise<SignedInPerson | null> {
  const presented = singleCookie(call, config.sessions.cookie) ?? ''
  const hash = await isolate.sessions.hashOf(call.env, presented)
  const session = hash === null ? null : await isolate.sessions.findUncached(call.env, hash)
  if (session === null) return null
  const { id, accountId } = session.record
  return { accountId, sessionId: id, email: session.email }
}

/**
 * Begins a new session, and ends the session that the browser had. `now` is in epoch milliseconds.
 * Returns the `Set-Cookie` value. Throws service_unavailable.
 */
export async function beginSession(
  call: Call,
  config: Config,
  isolate: Isolate,
  accountId: string,
  now: number,
): Promise<string> {
  const { cookie, absoluteMs } = config.sessions
  const old = await isolate.sessions.hashOf(call.env, singleCookie(call, cookie) ?? '')
  if (old !== null) await isolate.sessions.end(call.env, old)
  const tagKeys = await tagKeysOf(call.env)
  const { value: token, hash } = await mintSecret('session', tagKeys)
  const record = { id: `ses_${randomHex(12)}`, accountId, createdAt: now, seenAt: now }
  await isolate.sessions.create(call.env, hash, record)
  return setCookie(cookie, token, { maxAgeSeconds: Math.floor(absoluteMs / 1000), secure: true })
}

/** The value of a cookie, or null if the request has none of this name, or two. */
export function singleCookie(call: Call, name: string): string | null {
  const [value, second] = cookieValues(call.header('cookie') ?? '', name)
  return value === undefined || second !== undefined ? null : value
}
