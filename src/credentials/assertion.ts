/**
 * Signs the assertion that tells an origin who calls: a short-lived JWT (RFC 7519) that the origin
 * verifies with the keys at `/.well-known/jwks.json` (RFC 7517). The caller's own credential is
 * never forwarded.
 */
import { importJWK, type JWK, jwtVerify, SignJWT } from 'jose'
import type { Caller } from './caller.ts'

/** How long an assertion is valid, in seconds. */
export const ASSERTION_TTL_S = 60

/** A private key, with the key id and algorithm that go into the JWT's header. */
export interface SigningKey {
  kid: string
  alg: 'EdDSA' | 'ES256'
  privateKey: CryptoKey
  /** The public half, as `/.well-known/jwks.json` publishes it. */
  publicJwk: JWK
}

/**
 * Parses JSON arrays of private JWKs (Ed25519 or P-256, each with its own `kid`). The first key of
 * the first array signs, and all of them are published. Returns null if a text is anything else, or
 * if there is none.
 */
export async function parseSigningKeys(...texts: string[]): Promise<SigningKey[] | null> {
  try {
    const sets: unknown[] = texts.map((json) => JSON.parse(json))
    if (!sets.every((set) => Array.isArray(set) && set.length > 0)) return null
    const jwks = sets.flat() as JWK[]
    if (jwks.length === 0) return null
    const keys = await Promise.all(jwks.map(parseSigningKey))
    const kids = new Set(keys.map((key) => key?.kid))
    return keys.every((key) => key !== null) && kids.size === keys.length ? keys : null
  } catch {
    return null
  }
}

async function parseSigningKey(jwk: JWK): Promise<SigningKey | null> {
  const alg = jwk.crv === 'Ed25519' ? 'EdDSA' : jwk.crv === 'P-256' ? 'ES256' : null
  if (alg === null || typeof jwk.kid !== 'string' || jwk.kid === '' || typeof jwk.d !== 'string')
    return null
  const privateKey = await importJWK(jwk, alg)
  if (!(privateKey instanceof CryptoKey)) return null
  const { kty, crv, x, y, kid } = jwk
  // `y` is undefined for Ed25519, and JSON leaves it out.
  const publicJwk = { kty, crv, x, y, kid, alg, use: 'sig' } as JWK
  const signingKey: SigningKey = { kid, alg, privateKey, publicJwk }
  return (await isPair(signingKey)) ? signingKey : null
}

/**
 * Whether the public half verifies what the private half signs. Checked because some runtimes
 * import a JWK whose two halves belong to different keys.
 */
async function isPair(key: SigningKey): Promise<boolean> {
  const jwt = await new SignJWT({}).setProtectedHeader({ alg: key.alg }).sign(key.privateKey)
  const publicKey = await importJWK(key.publicJwk, key.alg)
  return jwtVerify(jwt, publicKey).then(
    () => true,
    () => false,
  )
}

/** The content of an assertion. */
export interface AssertionSubject {
  /** The gateway's public URL: the claim `iss`. */
  issuer: string
  /** The origin's `audience` in the config: the claim `aud`. */
  audience: string
  caller: Caller
  /** The time of issue, in epoch milliseconds. */
  now: number
}

/**
 * Returns a signed JWT about the subject's caller, valid for `ASSERTION_TTL_S` seconds from the
 * subject's `now`.
 */
export function signAssertion(subject: AssertionSubject, key: SigningKey): Promise<string> {
  const issuedAt = Math.floor(subject.now / 1000)
  const jwt = new SignJWT(assertionClaims(subject.caller))
    .setProtectedHeader({ alg: key.alg, kid: key.kid, typ: 'JWT' })
    .setIssuer(subject.issuer)
    .setAudience(subject.audience)
    .setIssuedAt(issuedAt)
    .setExpirationTime(issuedAt + ASSERTION_TTL_S)
  return jwt.sign(key.privateKey)
}

/** The claims that say who calls. An undefined claim is left out of the JWT. */
function assertionClaims(caller: Caller) {
  const { kind } = caller
  switch (kind) {
    case 'anonymous':
      return { kind }
    case 'api_key':
      return { kind, sub: caller.accountId, key_id: caller.keyId }
    case 'session':
      return { kind, sub: caller.accountId, session_id: caller.sessionId }
    case 'oauth':
      return {
        kind,
        sub: caller.accountId,
        client_id: caller.clientId,
        grant_id: caller.grantId,
        scope: caller.scope,
      }
    case 'payment':
      return {
        kind,
        sub: caller.payer,
        payment: {
          challenge_id: caller.challengeId,
          channel_id: caller.channelId,
          amount: caller.amount,
          currency: caller.currency,
          moved: caller.moved,
        },
      }
  }
}
