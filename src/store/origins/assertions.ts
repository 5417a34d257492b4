/** Assertions in isolate memory: one signature is reused for a caller and an origin for a while. */
import { type Caller, callerKey } from '../../credentials/caller.ts'
import { createBoundedMap } from '../../lib/boundedMap.ts'
import type { Eventually } from '../../lib/when.ts'
import type { Env } from '../env.ts'

/** How long an assertion is reused, in milliseconds: less than `ASSERTION_TTL_S`. */
const REUSE_MS = 30_000
/** The most bytes of the assertions that one isolate remembers: about 6,000. */
const MAX_BYTES = 4_194_304

/**
 * Creates an isolate's memory of assertions, and returns a function that gives a signed assertion
 * about a caller for an audience. `issuer` is the gateway's public URL. The function rejects if
 * there is no key to sign with.
 */
export function createAssertions(issuer: string) {
  const signed = createBoundedMap<{ jwt: string; until: number }>(
    MAX_BYTES,
    ({ jwt }) => jwt.length,
  )

  return function assertionFor(env: Env, caller: Caller, audience: string): Eventually<string> {
    const now = Date.now()
    // An assertion that says what was paid is for one call only.
    if (caller.kind === 'payment') return signFor(env, caller, audience, now)
    const key = `${audience} ${callerKey(caller, '')}`
    const known = signed.get(key)
    return known !== undefined && now < known.until
      ? known.jwt
      : signAndKeep(env, caller, audience, now, key)
  }

  async function signFor(env: Env, caller: Caller, audience: string, now: number): Promise<string> {
    const { sign } = await import('./signing.ts')
    return sign(env, { issuer, caller, audience, now })
  }

  async function signAndKeep(
    env: Env,
    caller: Caller,
    audience: string,
    now: number,
    key: string,
  ): Promise<string> {
    const jwt = await signFor(env, caller, audience, now)
    signed.set(key, { jwt, until: now + REUSE_MS })
    return jwt
  }
}
