/**
 * Verifies the gateway's signed assertion, which tells an origin the caller without any credential.
 */
import type { JWTPayload, JWTVerifyGetKey, JWTVerifyOptions } from 'jose'
import { createLocalJWKSet, createRemoteJWKSet, jwtVerify } from 'jose'

/**
 * Where the gateway's keys are, and the claims to expect. A claim whose variable is unset is not
 * checked.
 */
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

/** The result of verifying an assertion. */
export type Assertion =
  | { verified: true; claims: JWTPayload }
  | { verified: false; reason: 'missing' | 'invalid' }

/** The request header that carries the assertion. */
export const ASSERTION_HEADER = 'turnpike-assertion'

/** One key set for each source, so that the keys are not fetched for each request. */
const keySets = new Map<string, JWTVerifyGetKey>()

/**
 * Verifies a compact JWT (EdDSA or ES256) against the gateway's keys. Never throws: if the keys
 * cannot be read, the assertion is `invalid`, as it is with a wrong signature.
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

/** Pins the algorithms and requires `exp`, because an assertion must not live for ever. */
function verifyOptions(env: AssertionEnv): JWTVerifyOptions {
  const options: JWTVerifyOptions = {
    algorithms: ['EdDSA', 'Ed25519', 'ES256'],
    requiredClaims: ['exp'],
  }
  if (env.AUDIENCE) options.audience = env.AUDIENCE
  if (env.ISSUER) options.issuer = env.ISSUER
  return options
}

/** The key set that `env` names, memoised by its source. Throws if `env` names none. */
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
  // A gateway that was restarted in development may have a new key: fetch again after one second.
  return createRemoteJWKSet(new URL(url), { cooldownDuration: 1000, timeoutDuration: 2000 })
}
