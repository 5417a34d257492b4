/** Hashes presented secrets, with the isolate's memory of hashes and the env's tag keys. */
import { createHashMemory, mintedHash } from '../../credentials/minted.ts'
import type { TaggedKind } from '../../credentials/tag.ts'
import type { Eventually } from '../../lib/when.ts'
import { type Env, tagKeysOf } from '../env.ts'

/**
 * Creates a function that returns the hexadecimal SHA-256 of a presented secret of one kind, or
 * null if the gateway did not mint the secret. The hash of a secret that this isolate has seen
 * comes without a promise.
 */
export function createSecretHasher(kind: TaggedKind, prefix = '') {
  const memory = createHashMemory()

  async function compute(env: Env, presented: string): Promise<string | null> {
    const tagKeys = await tagKeysOf(env)
    const hash = await mintedHash(kind, presented, tagKeys, prefix)
    if (hash !== null) memory.remember(presented, hash)
    return hash
  }

  return function hashOf(env: Env, presented: string): Eventually<string | null> {
    return memory.get(presented) ?? compute(env, presented)
  }
}
