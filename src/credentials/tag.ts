/**
 * Tagged secrets: 48 random hexadecimal characters (192 bits), then a tag of 16 (64 bits), which is
 * a truncated HMAC of them. A made-up secret is refused by its tag, without a look-up.
 */
import { equal, hmacHex, randomHex } from '../lib/bytes.ts'

const RANDOM_CHARS = 48
const TAG_CHARS = 16

/** The kinds of tagged secrets. The kind is part of the tag, so that no kind passes as another. */
export type TaggedKind =
  | 'api_key'
  | 'session'
  | 'sign_in_link'
  | 'sign_in_browser'
  | 'sign_in_state'
  | 'code'
  | 'access_token'
  | 'refresh_token'

/**
 * Returns 64 new lower-case hexadecimal characters, tagged with the first of the keys. Throws if
 * there is no key.
 */
export async function mintTagged(kind: TaggedKind, keys: readonly CryptoKey[]): Promise<string> {
  const [key] = keys
  if (key === undefined) throw new Error('no key to tag with')
  return withTag(kind, randomHex(RANDOM_CHARS / 2), key)
}

/**
 * Returns 64 hexadecimal characters in the form of `mintTagged`, always the same for the same key,
 * kind and text. Without the key they look random.
 */
export async function deriveTagged(
  kind: TaggedKind,
  text: string,
  key: CryptoKey,
): Promise<string> {
  // No kind of secret is called "derived", so this HMAC is never the tag of a secret.
  const derived = (await hmacHex(key, `derived ${kind} ${text}`)).slice(0, RANDOM_CHARS)
  return withTag(kind, derived, key)
}

async function withTag(kind: TaggedKind, random: string, key: CryptoKey): Promise<string> {
  return random + (await tagOf(kind, random, key))
}

/**
 * Whether 64 hexadecimal characters were tagged as this kind with any of the keys. There is more
 * than one key only while an old one is being rotated out.
 */
export async function isTagged(
  kind: TaggedKind,
  hex: string,
  keys: readonly CryptoKey[],
): Promise<boolean> {
  const random = hex.slice(0, RANDOM_CHARS)
  for (const key of keys) {
    if (equal(await tagOf(kind, random, key), hex.slice(RANDOM_CHARS))) return true
  }
  return false
}

async function tagOf(kind: TaggedKind, random: string, key: CryptoKey): Promise<string> {
  return (await hmacHex(key, `${kind} ${random}`)).slice(0, TAG_CHARS)
}
