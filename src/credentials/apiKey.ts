/**
 * API keys: minted secrets (`minted.ts`) with a prefix that secret scanners can recognise. A key is
 * shown to its account once, and only its SHA-256 is stored.
 */

/** The part of a key that listings show: its first 8 characters, the prefix included. */
export function shownPrefix(key: string): string {
  return key.slice(0, 8)
}
