/** The token in a sign-in link. Only its SHA-256 is kept; what it stands for is in the stored row. */
import { isTagged, mintTagged } from './tag.ts'

/** A new token: 64 tagged hexadecimal characters. */
export function createLinkToken(tagKeys: readonly CryptoKey[]): Promise<string> {
  return mintTagged('sign_in_link', tagKeys)
}

/** The presented token if we minted it, else null: one that was made up costs no look-up. */
export async function parseLinkToken(
  presented: string,
  tagKeys: readonly CryptoKey[],
): Promise<string | null> {
  if (!/^[0-9a-f]{64}$/.test(presented)) return null
  return (await isTagged('sign_in_link', presented, tagKeys)) ? presented : null
}
