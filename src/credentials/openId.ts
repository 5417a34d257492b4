/**
 * A sign-in by another site's word (OpenID Connect), bound to the browser that was sent there. The
 * nonce and the verifier are made from the `state` and the browser's id, and stored nowhere.
 */
import { equal, fromBase64url, hmacHex, toBase64url, utf8 } from '../lib/bytes.ts'
import { isTagged } from './tag.ts'

/** The values of the request that only this browser and the gateway know. */
export interface OpenIdSecrets {
  nonce: string
  /** The PKCE code verifier: 64 characters (RFC 7636 section 4.1). */
  codeVerifier: string
}

/** A person, as the other site has said. `email` is verified and in its one spelling, or null. */
export interface SaidPerson {
  subject: string
  email: string | null
}

/** In characters: a name of 255 and an address of 254, in JSON and base64url. */
const MAX_SEALED_LENGTH = 3_000

/**
 * The secrets for a `state` and a browser. They are made with the key that has tagged the state, so
 * that they are the same when the browser comes back, whatever key is the newest then.
 */
export async function openIdSecrets(
  state: string,
  browserId: string,
  tagKeys: readonly CryptoKey[],
): Promise<OpenIdSecrets> {
  for (const key of tagKeys) {
    if (!(await isTagged('sign_in_state', state, [key]))) continue
    return {
      nonce: await hmacHex(key, `open_id_nonce ${state} ${browserId}`),
      codeVerifier: await hmacHex(key, `open_id_code_verifier ${state} ${browserId}`),
    }
  }
  throw new Error('no key has tagged this state')
}

/**
 * Seals what the other site has said into a cookie's value, for the case that a store fails after
 * it: the site's code works only once, and a retry must not need it. `context` names the sign-in
 * and the browser; the value is good for no other.
 */
export async function sealPerson(
  { subject, email }: SaidPerson,
  context: string,
  [key]: readonly CryptoKey[],
): Promise<string> {
  if (key === undefined) throw new Error('no key to seal with')
  const payload = toBase64url(utf8(JSON.stringify([subject, email])))
  return `${payload}.${await sealOf(payload, context, key)}`
}

/** Opens a sealed value; null if it is not ours, or of another sign-in or browser. */
export async function openPerson(
  sealed: string,
  context: string,
  tagKeys: readonly CryptoKey[],
): Promise<SaidPerson | null> {
  if (sealed.length > MAX_SEALED_LENGTH) return null
  const [payload = '', seal = ''] = sealed.split('.')
  for (const key of tagKeys) {
    if (!equal(await sealOf(payload, context, key), seal)) continue
    const [subject, email] = JSON.parse(fromBase64url(payload, MAX_SEALED_LENGTH) ?? '[]')
    return { subject, email }
  }
  return null
}

const sealOf = (payload: string, context: string, key: CryptoKey) =>
  hmacHex(key, `open_id_person ${context} ${payload}`)
