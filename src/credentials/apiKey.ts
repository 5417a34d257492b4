/** API keys: a prefix that secret scanners can know, and 64 tagged hexadecimal characters. */
import { mintTagged } from './tag.ts'

/** A new key in full. It is shown once; only its SHA-256 is kept. */
export async function createApiKey(prefix: string, tagKeys: readonly CryptoKey[]): Promise<string> {
  return prefix + (await mintTagged('api_key', tagKeys))
}

/** What listings show of a key: its first 8 characters, prefix included. */
export function shownPrefix(key: string): string {
  return key.slice(0, 8)
}
