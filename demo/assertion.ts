/** Verifies the gateway's signed assertion: an origin knows who called and sees no credential. */
import type { JWTPayload, JWTVerifyGetKey, JWTVerifyOptions } from 'jose'
import { createLocalJWKSet, createRemoteJWKSet, jwtVerify } from 'jose'

/** Where the gateway's keys are, and what an assertion must say. What is unset is not checked. */
export type AssertionEnv = {
  /** URL of the gateway's `/.well-known/jwks.json`. */
  JWKS_URL?: string
  /** The same key set as JSON; used instead of the URL when present. */
  JWKS?: string
  /** Expected `aud`. */
  AUDIENCE?: string
  /** Expected `iss`. */
  ISSUER?: string
}

/** What the origin saw. */
export type Assertion =
  | { verified: true; claims: JWTPayload }
  | { verified: false; reason: 'missing' | 'invalid' }

/** The request header that carries the assertion. */
export const ASSERTION_HEADER = 'turnpike-assertion'

/** One key set for each source, so that the keys are fetched once and not for each request. */
const keySets = new Map<string, JWTVerifyGetKey>()

/**
 * Verifies a compact JWT (EdDSA or ES256) against the gateway's keys. Never throws: keys that can't
 * be read make an assertion `invalid`, as a bad signature does.
 */
export async function verifyAssertion(
  token: string | undefined,
  env: AssertionEnv = {},
): Promise<Assertion> {
  if (token === undefined) return { verified: false, reason: 'missing' }
  try {
    const { payload } = await jwtVerify(token, keySetOf(env), verifyOptions(env))
    return { verified: true, claims: payload }
  } catch {
    return { verified: false, reason: 'invalid' }
  }
}

/** The algorithms are pinned, and `exp` must be there: an assertion without an end is none. */
function verifyOptions(env: AssertionEnv): JWTVerifyOptions {
  const options: JWTVerifyOptions = {
    algorithms: ['EdDSA', 'Ed25519', 'ES256'],
    requiredClaims: ['exp'],
  }
  if (env.AUDIENCE) options.audience = env.AUDIENCE
  if (env.ISSUER) options.issuer = env.ISSUER
  return options
}

/** The key set that `env` names, made once. Throws when it names none. */
function keySetOf(env: AssertionEnv): JWTVerifyGetKey {
  const source = env.JWKS ?? env.JWKS_URL ?? ''
  const known = keySets.get(source)
  if (known) return known
  const made = env.JWKS ? localKeySet(env.JWKS) : remoteKeySet(source)
  keySets.set(source, made)
  return made
}

function localKeySet(json: string): JWTVerifyGetKey {
  return createLocalJWKSet(JSON.parse(json))
}

function remoteKeySet(url: string): JWTVerifyGetKey {
  // A gateway restarted in development may come back with a new key: look again after a second.
  return createRemoteJWKSet(new URL(url), { cooldownDuration: 1000, timeoutDuration: 2000 })
}
