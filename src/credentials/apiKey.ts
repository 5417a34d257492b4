/**
 * API keys: a prefix that secret scanners can recognise, and 64 tagged hexadecimal characters (see
 * `tag.ts`).
 */
import { mintTagged } from './tag.ts'

/** Returns a new key in full. The key is shown to its account once; only its SHA-256 is stored. */
export async function createApiKey(prefix: string, tagKeys: readonly CryptoKey[]): Promise<string> {
  return prefix + (await mintTagged('api_key', tagKeys))
}

/** The part of a key that listings show: its first 8 characters, the prefix included. */
export function shownPrefix(key: string): string {
  return key.slice(0, 8)
}
