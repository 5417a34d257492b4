/** Secrets that the gateway minted, as they are presented: from the text to the hash that is stored. */
import { sha256Hex } from '../lib/bytes.ts'
import { isTagged, mintTagged, type TaggedKind } from './tag.ts'

export interface MintedSecret {
  /** What its holder gets. It is never stored. */
  value: string
  /** Its SHA-256, hexadecimal: what is stored. */
  hash: string
}

/** A new secret: the prefix and 64 tagged hexadecimal characters. The first of the keys tags it. */
export async function mintSecret(
  kind: TaggedKind,
  tagKeys: readonly CryptoKey[],
  prefix = '',
): Promise<MintedSecret> {
  const value = prefix + (await mintTagged(kind, tagKeys))
  return { value, hash: await sha256Hex(value) }
}

/** Whether a text has the form of a minted secret: a prefix and 64 lower-case hexadecimal characters. */
export function hasMintedForm(presented: string, prefix = ''): boolean {
  if (presented.length !== prefix.length + 64 || !presented.startsWith(prefix)) return false
  return /^[0-9a-f]{64}$/.test(prefix === '' ? presented : presented.slice(prefix.length))
}

/**
 * The SHA-256 of a presented secret, hexadecimal: what it is stored under. Null for a text that is not a
 * secret of this kind that we minted; such a text costs at most one HMAC for each tag key, and no look-up.
 */
export async function mintedHash(
  kind: TaggedKind,
  presented: string,
  tagKeys: readonly CryptoKey[],
  prefix = '',
): Promise<string | null> {
  if (!hasMintedForm(presented, prefix)) return null
  const isOurs = await isTagged(kind, presented.slice(prefix.length), tagKeys)
  return isOurs ? sha256Hex(presented) : null
}

/** The most hashes that one isolate remembers (about 300 bytes each). */
const MAX_HASHES = 20_000

/**
 * An isolate's memory of the hashes of one kind of secret, so that a secret that is presented often is
 * tagged and hashed once. It says nothing about whether the secret is still valid.
 */
export function createHashMemory() {
  const hashes = new Map<string, string>()
  return {
    /** The hash of a secret that was remembered, or undefined. */
    get: (presented: string): string | undefined => hashes.get(presented),

    /** Remembers a secret's hash; the secret that was remembered first makes room. */
    remember(presented: string, hash: string): void {
      if (hashes.size >= MAX_HASHES) {
        const [oldest] = hashes.keys()
        if (oldest !== undefined) hashes.delete(oldest)
      }
      hashes.set(presented, hash)
    },
  }
}

export type HashMemory = ReturnType<typeof createHashMemory>
