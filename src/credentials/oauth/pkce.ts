/** Proof Key for Code Exchange (PKCE, RFC 7636), by S256 only. */
import { equal, sha256, toBase64url, utf8 } from '../../lib/bytes.ts'

/**
 * Whether a text has the form of an S256 code challenge: 43 characters of base64url (section 4.2).
 */
export function isCodeChallenge(text: string): boolean {
  return /^[A-Za-z0-9_-]{43}$/.test(text)
}

/**
 * Whether a code verifier belongs to a code challenge (section 4.6). False for a verifier that does
 * not have the form of section 4.1.
 */
export async function isVerifierOf(verifier: string, challenge: string): Promise<boolean> {
  if (!/^[A-Za-z0-9\-._~]{43,128}$/.test(verifier)) return false
  return equal(toBase64url(await sha256(utf8(verifier))), challenge)
}
