/** Assertions in isolate memory: one signature serves a caller and origin for a while. */
import { signAssertion } from '../credentials/assertion.ts'
import { type Caller, callerKey } from '../credentials/caller.ts'
import type { Eventually } from '../lib/when.ts'
import { type Env, secretsOf } from './env.ts'

/** How long one assertion is used again, in milliseconds: well within its validity. */
const REUSE_MS = 30_000
const MAX_ASSERTIONS = 10_000

/** The assertions of one isolate, issued by `issuer`. */
export function createAssertions(issuer: string) {
  const signed = new Map<string, { jwt: string; until: number }>()

  /** A valid assertion about the caller for an audience. */
  return function assertionFor(env: Env, caller: Caller, audience: string): Eventually<string> {
    const now = Date.now()
    // What was paid is said once.
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
