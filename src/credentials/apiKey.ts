/** API keys: a prefix that secret scanners can know, and 64 tagged hexadecimal characters. */
import { mintTagged } from './tag.ts'

/** A new key in full. It is shown once; only its SHA-256 is kept. */
export async function createApiKey(prefix: string, tagKeys: readonly CryptoKey[]): Promise<string> {
  return prefix + (await mintTagged('api_key', tagKeys))
}

/** A presented key → its 64 hexadecimal characters, or null if it does not have the form of a key. */
export function parseApiKey(presented: string, prefix: string): string | null {
  if (presented.length !== prefix.length + 64 || !presented.startsWith(prefix)) return null
  const hex = presented.slice(prefix.length)
  return /^[0-9a-f]{64}$/.test(hex) ? hex : null
}

/** What listings show of a key: its first 8 characters, prefix included. */
export function shownPrefix(key: string): string {
  return key.slice(0, 8)
}
