/** Codes and tokens: 64 tagged hexadecimal characters, so that one that was made up needs no look-up. */
import { sha256Hex } from '../../lib/bytes.ts'
import { isTagged, mintTagged } from '../tag.ts'

export type OAuthSecretKind = 'code' | 'access_token' | 'refresh_token'

export interface OAuthSecret {
  /** What the client gets. It is never stored. */
  value: string
  /** Its SHA-256, hexadecimal: what is stored. */
  hash: string
}

/** A new secret of a kind. */
export async function mintSecret(
  kind: OAuthSecretKind,
  tagKeys: readonly CryptoKey[],
): Promise<OAuthSecret> {
  const value = await mintTagged(kind, tagKeys)
  return { value, hash: await sha256Hex(value) }
}

/** The SHA-256 of a presented secret, or null: it is not one of ours, or of another kind. */
export async function secretHashOf(
  kind: OAuthSecretKind,
  presented: string,
  tagKeys: readonly CryptoKey[],
): Promise<string | null> {
  if (!isSecretForm(presented) || !(await isTagged(kind, presented, tagKeys))) return null
  return sha256Hex(presented)
}

/** Whether it has the form of a secret: 64 lower-case hexadecimal characters. */
export function isSecretForm(presented: string): boolean {
  return /^[0-9a-f]{64}$/.test(presented)
}
