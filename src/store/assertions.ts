/** Assertions in isolate memory: one signature is reused for a caller and an origin for a while. */
import { signAssertion } from '../credentials/assertion.ts'
import { type Caller, callerKey } from '../credentials/caller.ts'
import type { Eventually } from '../lib/when.ts'
import { type Env, secretsOf } from './env.ts'

/** How long an assertion is reused, in milliseconds: less than `ASSERTION_TTL_S`. */
const REUSE_MS = 30_000
/** The most assertions that one isolate remembers. A full memory is emptied. */
const MAX_ASSERTIONS = 10_000

/**
 * Creates an isolate's memory of assertions, and returns a function that gives a signed assertion
 * about a caller for an audience. `issuer` is the gateway's public URL. The function rejects if
 * there is no key to sign with.
 */
export function createAssertions(issuer: string) {
  const signed = new Map<string, { jwt: string; until: number }>()

  return function assertionFor(env: Env, caller: Caller, audience: string): Eventually<string> {
    const now = Date.now()
    // An assertion that says what was paid is for one call only.
    if (caller.kind === 'payment') return sign(env, caller, audience, now)
    const key = `${audience} ${callerKey(caller, '')}`
    const known = signed.get(key)
    return known !== undefined && now < known.until
      ? known.jwt
      : signAndKeep(env, caller, audience, now, key)
  }

  async function sign(env: Env, caller: Caller, audience: string, now: number): Promise<string> {
    const [signingKey] = (await secretsOf(env)).signingKeys
    if (signingKey === undefined) throw new Error('no key to sign with')
    return signAssertion({ issuer, audience, caller, now }, signingKey)
  }

  async function signAndKeep(
    env: Env,
    caller: Caller,
    audience: string,
    now: number,
    key: string,
  ): Promise<string> {
    const jwt = await sign(env, caller, audience, now)
    if (signed.size >= MAX_ASSERTIONS) signed.clear()
    signed.set(key, { jwt, until: now + REUSE_MS })
    return jwt
  }
}
