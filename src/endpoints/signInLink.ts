/**
 * Sign-in links and codes: each is for one e-mail address and for the browser that asked for it.
 * See docs/decisions/0027.
 */

import type { Config } from '../config/config.ts'
import { isOwnerToken } from '../config/ownerLink.ts'
import { OWN_PATHS } from '../config/ownPaths.ts'
import { mayGetAccount } from '../config/signIn.ts'
import { mintedHash, mintSecret } from '../credentials/minted.ts'
import { codeHash, mintCode } from '../credentials/signInCode.ts'
import { networkKey } from '../http/address.ts'
import { cookieValues, setCookie } from '../http/cookies.ts'
import { Problem } from '../http/problem.ts'
import { equal, hmacHex, randomHex, sha256Hex } from '../lib/bytes.ts'
import { inboxOf } from '../lib/email.ts'
import { tooManyRequests } from '../limits/headers.ts'
import type { Limit } from '../limits/limit.ts'
import type { Call } from '../pipeline/call.ts'
import { tagKeysOf } from '../store/env.ts'
import type { Isolate } from '../store/isolate.ts'
import { addLink, type TriedCode, tryCode } from '../store/signIn/signInLinks.ts'

/**
 * The cookie with the browser's id. Its prefix keeps other hosts from setting it (RFC 6265bis
 * section 4.1.3.2).
 */
const BROWSER_COOKIE = '__Host-sign_in'
/** The cookie that a browser keeps after signing in, for a limit of its own the next time. */
const KNOWN_COOKIE = '__Host-signed_in'
const KNOWN_MAX_AGE_S = 365 * 86_400

/** A browser that has asked for a link: its id, and the SHA-256 that its links are stored with. */
export interface AskingBrowser {
  id: string
  hash: string
}

/** The browser that asks, by an id that the gateway gave to it; null if it has none. */
export async function askingBrowser(call: Call): Promise<AskingBrowser | null> {
  const id = singleCookie(call, BROWSER_COOKIE) ?? ''
  const hash = await mintedHash('sign_in_browser', id, await tagKeysOf(call.env))
  return hash === null ? null : { id, hash }
}

/** A browser with a new id. */
export async function newBrowser(call: Call): Promise<AskingBrowser> {
  const { value: id, hash } = await mintSecret('sign_in_browser', await tagKeysOf(call.env))
  return { id, hash }
}

/**
 * The `Set-Cookie` value that gives a browser its id for `maxAgeMs` milliseconds; 0 deletes the
 * cookie.
 */
export function browserCookie(browserId: string, maxAgeMs: number): string {
  const maxAgeSeconds = Math.ceil(maxAgeMs / 1000)
  return setCookie(BROWSER_COOKIE, browserId, { maxAgeSeconds, secure: true })
}

/** The `Set-Cookie` value that makes a browser known as one that was signed in to `email`. */
export async function knownCookie(call: Call, email: string): Promise<string> {
  const name = randomHex(16)
  const value = name + (await knownTag(call, email, name))
  return setCookie(KNOWN_COOKIE, value, { maxAgeSeconds: KNOWN_MAX_AGE_S, secure: true })
}

/** The name of a browser that was signed in to the inbox of `email` before; null for others. */
export async function knownBrowser(call: Call, email: string): Promise<string | null> {
  const value = singleCookie(call, KNOWN_COOKIE)
  if (value === null || !/^[0-9a-f]{64}$/.test(value)) return null
  const name = value.slice(0, 32)
  return equal(await knownTag(call, email, name), value.slice(32)) ? name : null
}

async function knownTag(call: Call, email: string, name: string): Promise<string> {
  return (await keyedHash(call, `known_browser ${inboxOf(email)} ${name}`)).slice(0, 32)
}

/** A mail's link and code, which may go into the mail and nowhere else. */
export interface MailedLink {
  url: string
  code: string
  /** The hash that the link is stored under. */
  hash: string
}

/**
 * Stores a link with a code. Throws rate_limit_exceeded for an e-mail address that has reached
 * `emailLimits`, and service_unavailable.
 */
export async function createLink(
  call: Call,
  config: Config,
  { linkMs, emailLimits }: { linkMs: number; emailLimits: readonly Limit[] },
  asked: { email: string; browser: AskingBrowser; returnPath: string },
): Promise<MailedLink> {
  const { email, browser, returnPath } = asked
  const tagKeys = await tagKeysOf(call.env)
  const { value: token, hash } = await mintSecret('sign_in_link', tagKeys)
  const code = mintCode()
  const createdAt = Date.now()
  const link = {
    hash,
    email,
    inbox: inboxOf(email),
    browserHash: browser.hash,
    codeHash: await codeHash(newestOf(tagKeys), browser.hash, code),
    network: await keyedHash(call, `network ${networkKey(call.address)}`),
    knownBrowser: await knownBrowser(call, email),
    createsAccount: mayGetAccount(config, email),
    returnPath,
    createdAt,
    expiresAt: createdAt + linkMs,
  }
  const retryAfterMs = await addLink(call.env, link, emailLimits)
  if (retryAfterMs > 0) throw tooManyRequests({ admitted: false, states: [], retryAfterMs })
  return { url: `${config.publicUrl}${OWN_PATHS.signInLink}?token=${token}`, code, hash }
}

/**
 * The SHA-256 under which a link's token is stored. Throws sign_in_link_invalid for a token that is
 * not ours. An owner's token has no tag, so its look-up counts for the address: throws
 * rate_limit_exceeded.
 */
export async function linkHashOf(
  call: Call,
  { ownerLinks }: Isolate,
  token: string,
): Promise<string> {
  if (isOwnerToken(token)) {
    ownerLinks.take(call)
    return sha256Hex(token)
  }
  const hash = await mintedHash('sign_in_link', token, await tagKeysOf(call.env))
  if (hash === null) throw new Problem('sign_in_link_invalid')
  return hash
}

/** Compares a typed code with those of the browser's mails: see `tryCode` of the store. */
export async function compareCode(
  call: Call,
  browser: AskingBrowser,
  code: string,
): Promise<TriedCode | null> {
  const tagKeys = await tagKeysOf(call.env)
  const codeHashes = await Promise.all(tagKeys.map((key) => codeHash(key, browser.hash, code)))
  return tryCode(call.env, { browserHash: browser.hash, codeHashes }, Date.now())
}

async function keyedHash(call: Call, text: string): Promise<string> {
  return hmacHex(newestOf(await tagKeysOf(call.env)), text)
}

function newestOf([key]: readonly CryptoKey[]): CryptoKey {
  if (key === undefined) throw new Error('no key to tag with')
  return key
}

/** The value of a cookie, or null if the request has none of this name, or two. */
export function singleCookie(call: Call, name: string): string | null {
  const [value, second] = cookieValues(call.header('cookie') ?? '', name)
  return value === undefined || second !== undefined ? null : value
}
