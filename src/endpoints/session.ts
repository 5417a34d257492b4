/** The sessions of the browser that asks for one of the gateway's own pages. */

import type { Config } from '../config/config.ts'
import { isOwner } from '../config/signIn.ts'
import type { MintedSecret } from '../credentials/minted.ts'
import {
  type SessionRecord,
  sessionCookieNames,
  sessionCookieValues,
} from '../credentials/session.ts'
import { cookieDomains, cookieValues, setCookie } from '../http/cookies.ts'
import type { Limiter } from '../limits/limiter.ts'
import type { Reader } from '../pages/view.ts'
import type { Call } from '../pipeline/call.ts'
import type { Isolate } from '../store/isolate.ts'

export interface SignedInPerson extends Reader {
  accountId: string
  /** Names the session; not a secret. */
  sessionId: string
}

/** The most cookies of the session's name whose tag is checked. The `__Host-` ones come first. */
const MAX_TAGS = 16
/** The most sessions of one browser that are looked up. */
const MAX_SESSIONS = 3

/**
 * The hashes of the sessions that the browser's cookies name, at most `MAX_SESSIONS`. Cookies that
 * the gateway did not mint are dropped, without a look-up.
 */
async function ownSessions(call: Call, config: Config, isolate: Isolate): Promise<string[]> {
  const presented = sessionCookieValues(call.header('cookie') ?? '', config.sessions.cookie)
  const values = [...new Set(presented)].slice(0, MAX_TAGS)
  const hashes = await Promise.all(values.map((one) => isolate.sessions.hashOf(call.env, one)))
  return hashes.filter((hash) => hash !== null).slice(0, MAX_SESSIONS)
}

/**
 * The person who is signed in, or null: no session of the browser lives, or several do, and nothing
 * says which one was meant. Read from the stores without a lease, because a page lets the person
 * act for the account. Throws service_unavailable, and rate_limit_exceeded for a session that is
 * presented too often.
 */
export async function signedInPerson(
  call: Call,
  config: Config,
  isolate: Isolate,
): Promise<SignedInPerson | null> {
  return (await findPerson(call, config, isolate)).person
}

/**
 * The same for the pages of sign-in and of the dashboard, which also have to know whether there
 * were several. Throws rate_limit_exceeded for a session that `limiter` has counted too often.
 */
export async function findPerson(
  call: Call,
  config: Config,
  isolate: Isolate,
  limiter: Limiter = isolate.signInSecrets,
): Promise<{ person: SignedInPerson | null; hasSeveral: boolean }> {
  const hashes = await ownSessions(call, config, isolate)
  for (const hash of hashes) limiter.take(hash)
  const [person = null, second] = await livingPeople(call, config, isolate, hashes)
  if (second !== undefined) return { person: null, hasSeveral: true }
  // For the log, as `authenticate` says who calls a route.
  if (person !== null) {
    const { accountId, sessionId } = person
    call.caller = { kind: 'session', accountId, sessionId }
  }
  return { person, hasSeveral: false }
}

async function livingPeople(
  call: Call,
  config: Config,
  { sessions }: Isolate,
  hashes: readonly string[],
): Promise<SignedInPerson[]> {
  const { env, waitUntil } = call
  const found = await Promise.all(hashes.map((hash) => sessions.findUncached(env, hash, waitUntil)))
  return found.flatMap((session) => {
    if (session === null) return []
    const { id, accountId } = session.record
    const { email, locale } = session
    return [{ accountId, sessionId: id, email, locale, isOwner: isOwner(config, email) }]
  })
}

/**
 * Stores a session that a link has begun, then ends the sessions that the browser had. Both can be
 * repeated: a retry ends with the same session. Returns the `Set-Cookie` values. Throws
 * service_unavailable.
 */
export async function beginSession(
  call: Call,
  config: Config,
  isolate: Isolate,
  session: MintedSecret,
  record: SessionRecord,
): Promise<string[]> {
  const old = await ownSessions(call, config, isolate)
  await isolate.sessions.create(call.env, session.hash, record)
  const others = old.filter((hash) => hash !== session.hash)
  await isolate.sessions.end(call.env, others, call.waitUntil)
  const secure = isHttps(call)
  const { host, plain } = sessionCookieNames(config.sessions.cookie)
  const maxAgeSeconds = Math.floor(config.sessions.absoluteMs / 1000)
  const name = secure ? host : plain
  return [
    // A cookie of the old name would be a second one for the API.
    ...(hasPlainCookie(call, config) ? plainDeletions(call, plain, name !== plain) : []),
    // Browsers accept Secure from loopback over http too.
    setCookie(name, session.value, { maxAgeSeconds, secure: true }),
  ]
}

/**
 * Ends every session that the browser's cookies name. Throws service_unavailable; then the cookies
 * are kept, so that the person can try again. Throws rate_limit_exceeded for a session that is
 * presented too often.
 */
export async function endSessions(call: Call, config: Config, isolate: Isolate): Promise<void> {
  const hashes = await ownSessions(call, config, isolate)
  for (const hash of hashes) isolate.signInSecrets.take(hash)
  await isolate.sessions.end(call.env, hashes, call.waitUntil)
  call.hasChangedNothing = hashes.length === 0
}

/** `Set-Cookie` values that delete the session's cookie under every name and domain. */
export function clearedSession(call: Call, config: Config): string[] {
  const { host, plain } = sessionCookieNames(config.sessions.cookie)
  const own = isHttps(call) && host !== plain ? [deletion(call, host)] : []
  return [...own, ...plainDeletions(call, plain, true)]
}

const isHttps = (call: Call): boolean => call.url.startsWith('https:')

const hasPlainCookie = (call: Call, { sessions }: Config): boolean =>
  cookieValues(call.header('cookie') ?? '', sessions.cookie).length > 0

/**
 * Deletes what other hosts of the domain, and browsers before `__Host-`, may have set. The domain's
 * cookies have no prefix, because a browser refuses a `Domain` with it.
 */
function plainDeletions(call: Call, name: string, isHostOnlyToo: boolean): string[] {
  const own = isHostOnlyToo ? [deletion(call, name)] : []
  if (name.startsWith('__Host-')) return own
  const domains = cookieDomains(new URL(call.url).hostname)
  return [...own, ...domains.map((domain) => deletion(call, name, domain))]
}

function deletion(call: Call, name: string, domain?: string): string {
  const options = { maxAgeSeconds: 0, secure: isHttps(call) || name.startsWith('__Host-') }
  return setCookie(name, '', domain === undefined ? options : { ...options, domain })
}
