/**
 * Sign-in links: each is for one e-mail address and for the browser that asked for it.
 * See docs/decisions/0011.
 */

import { OWN_PATHS } from '../config/ownPaths.ts'
import { mintedHash, mintSecret } from '../credentials/minted.ts'
import { setCookie } from '../http/cookies.ts'
import { Problem } from '../http/problem.ts'
import { sha256Hex } from '../lib/bytes.ts'
import { tooManyRequests } from '../limits/headers.ts'
import type { Limit } from '../limits/limit.ts'
import type { Call } from '../pipeline/call.ts'
import { tagKeysOf } from '../store/env.ts'
import { addLink } from '../store/signIn/signInLinks.ts'
import { singleCookie } from './session.ts'

/**
 * The cookie with the browser's id. Its prefix keeps other hosts from setting it (RFC 6265bis
 * section 4.1.3.2).
 */
const BROWSER_COOKIE = '__Host-sign_in'

/** The id that this browser was given when it asked for a link, or null. */
export function browserIdOf(call: Call): string | null {
  const value = singleCookie(call, BROWSER_COOKIE)
  return value !== null && /^[0-9a-f]{64}$/.test(value) ? value : null
}

/**
 * SHA-256 of the browser's id, as a link stores it. A browser without an id gets a hash that no
 * link has.
 */
export function browserHashOf(call: Call): Promise<string> {
  return sha256Hex(browserIdOf(call) ?? '')
}

/**
 * The `Set-Cookie` value that gives a browser its id for `maxAgeMs` milliseconds; 0 deletes the
 * cookie.
 */
export function browserCookie(browserId: string, maxAgeMs: number): string {
  const maxAgeSeconds = Math.ceil(maxAgeMs / 1000)
  return setCookie(BROWSER_COOKIE, browserId, { maxAgeSeconds, secure: true })
}

/**
 * Stores a link and returns its URL, which may go into the mail and nowhere else. Throws
 * rate_limit_exceeded for an e-mail address that has reached `emailLimits`, and
 * service_unavailable.
 */
export async function createLink(
  call: Call,
  publicUrl: string,
  { linkMs, emailLimits }: { linkMs: number; emailLimits: readonly Limit[] },
  { email, browserId, returnPath }: { email: string; browserId: string; returnPath: string },
): Promise<string> {
  const tagKeys = await tagKeysOf(call.env)
  const { value: token, hash } = await mintSecret('sign_in_link', tagKeys)
  const createdAt = Date.now()
  const link = {
    hash,
    email,
    browserHash: await sha256Hex(browserId),
    returnPath,
    createdAt,
    expiresAt: createdAt + linkMs,
  }
  const retryAfterMs = await addLink(call.env, link, emailLimits)
  if (retryAfterMs > 0) throw tooManyRequests({ admitted: false, states: [], retryAfterMs })
  return `${publicUrl}${OWN_PATHS.signInLink}?token=${token}`
}

/**
 * The SHA-256 under which a link's token is stored. Throws sign_in_link_invalid for a token that is
 * not ours.
 */
export async function linkHashOf(call: Call, token: string): Promise<string> {
  const tagKeys = await tagKeysOf(call.env)
  const hash = await mintedHash('sign_in_link', token, tagKeys)
  if (hash === null) throw new Problem('sign_in_link_invalid')
  return hash
}
