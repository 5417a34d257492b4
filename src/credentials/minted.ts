/** Secrets that the gateway mints: makes them, recognises them, and hashes them for storage. */
import { createBoundedMap } from '../lib/boundedMap.ts'
import { sha256Hex } from '../lib/bytes.ts'
import { deriveTagged, isTagged, mintTagged, type TaggedKind } from './tag.ts'

export interface MintedSecret {
  /** The secret itself, for its holder. Never stored. */
  value: string
  /** The SHA-256 of `value` in hexadecimal, for storage. */
  hash: string
}

/**
 * Returns a new secret: the prefix and 64 tagged hexadecimal characters. The first of the tag keys
 * makes the tag. Throws if there is no tag key.
 */
export async function mintSecret(
  kind: TaggedKind,
  tagKeys: readonly CryptoKey[],
  prefix = '',
): Promise<MintedSecret> {
  const value = prefix + (await mintTagged(kind, tagKeys))
  return { value, hash: await sha256Hex(value) }
}

/**
 * Returns the secrets that `source` always leads to, one for each tag key, the newest key first. A
 * retry of a request gets the secret that the first try made, also after the tag keys were rotated,
 * although none is stored. `source` must hold something that only the secret's holder knows.
 */
export async function deriveSecrets(
  kind: TaggedKind,
  source: string,
  tagKeys: readonly CryptoKey[],
  prefix = '',
): Promise<MintedSecret[]> {
  return Promise.all(
    tagKeys.map(async (key) => {
      const value = prefix + (await deriveTagged(kind, source, key))
      return { value, hash: await sha256Hex(value) }
    }),
  )
}

/**
 * Whether a text has the form of a minted secret: the prefix and 64 lower-case hexadecimal
 * characters. Does not check the tag.
 */
export function hasMintedForm(presented: string, prefix = ''): boolean {
  if (presented.length !== prefix.length + 64 || !presented.startsWith(prefix)) return false
  return /^[0-9a-f]{64}$/.test(prefix === '' ? presented : presented.slice(prefix.length))
}

/**
 * Returns the hexadecimal SHA-256 that a presented secret is stored under, or null if the gateway
 * did not mint the text as a secret of this kind. Rejecting a text costs at most one HMAC for each
 * tag key, and no look-up.
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

/** The most bytes of one memory of hashes: about 10,000 secrets. */
const MAX_HASHES_BYTES = 2_097_152

/**
 * Creates an isolate's memory of the hashes of one kind of secret, so that the tag of a secret that
 * is presented often is checked once, and its hash computed once. The memory does not say whether a
 * secret is still valid.
 */
export function createHashMemory() {
  const hashes = createBoundedMap<string>(MAX_HASHES_BYTES, ({ length }) => length)
  return {
    /** The remembered hash of a secret, or undefined. */
    get: hashes.get,

    /** Remembers a secret's hash. A full memory forgets the secret that was added first. */
    remember: hashes.set,
  }
}

export type HashMemory = ReturnType<typeof createHashMemory>
