/**
 * The gateway's word to an origin about who calls: a short-lived JWT (RFC 7519) that the origin checks
 * against `/.well-known/jwks.json` (RFC 7517). The caller's own credential never travels on.
 */
import { importJWK, type JWK, jwtVerify, SignJWT } from 'jose'
import type { Caller } from './caller.ts'

/** How long an assertion is valid, in seconds. */
export const ASSERTION_TTL_S = 60

/** A private key with what its header says. */
export interface SigningKey {
  kid: string
  alg: 'EdDSA' | 'ES256'
  privateKey: CryptoKey
  /** The public half, as the key set publishes it. */
  publicJwk: JWK
}

/**
 * A JSON array of private JWKs (each with `kid`; Ed25519 or P-256) → signing keys, the first one for
 * signing, all of them for publishing. Null if any part of it is not that.
 */
export async function parseSigningKeys(json: string): Promise<SigningKey[] | null> {
  try {
    const jwks: unknown = JSON.parse(json)
    if (!Array.isArray(jwks) || jwks.length === 0) return null
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
  const publicJwk = { kty, crv, x, ...(y === undefined ? {} : { y }), kid, alg, use: 'sig' } as JWK
  const signingKey: SigningKey = { kid, alg, privateKey, publicJwk }
  return (await isPair(signingKey)) ? signingKey : null
}

/** Whether the public half checks what the private half signs: some runtimes import halves of two keys. */
async function isPair(key: SigningKey): Promise<boolean> {
  const jwt = await new SignJWT({}).setProtectedHeader({ alg: key.alg }).sign(key.privateKey)
  const publicKey = await importJWK(key.publicJwk, key.alg)
  return jwtVerify(jwt, publicKey).then(
    () => true,
    () => false,
  )
}

export interface AssertionSubject {
  issuer: string
  audience: string
  caller: Caller
  /** Epoch milliseconds. */
  now: number
}

/** A signed assertion, valid for `ASSERTION_TTL_S` from `now`. */
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

function assertionClaims(caller: Caller) {
  if (caller.kind === 'anonymous') return { kind: caller.kind }
  if (caller.kind === 'payment') {
    const { kind, payer: sub, challengeId, channelId, amount, currency, moved } = caller
    const channel = channelId === undefined ? {} : { channel_id: channelId }
    return {
      kind,
      sub,
      payment: { challenge_id: challengeId, ...channel, amount, currency, moved },
    }
  }
  const { kind, accountId: sub } = caller
  if (kind === 'oauth') {
    const { clientId: client_id, grantId: grant_id, scope } = caller
    return { kind, sub, client_id, grant_id, scope }
  }
  return kind === 'api_key'
    ? { kind, sub, key_id: caller.keyId }
    : { kind, sub, session_id: caller.sessionId }
}
