/** From a presented secret to what it is stored under, with the isolate's memory and the env's tag keys. */
import { createHashMemory, mintedHash } from '../credentials/minted.ts'
import type { TaggedKind } from '../credentials/tag.ts'
import type { Eventually } from '../lib/when.ts'
import { type Env, secretsOf } from './env.ts'

/**
 * The hashes of one kind of secret in one isolate. What is returned finds the SHA-256 (hexadecimal) of a
 * presented secret: at once for one that this isolate has seen, and null for one that we did not mint.
 */
export function createSecretHasher(kind: TaggedKind, prefix = '') {
  const memory = createHashMemory()

  async function compute(env: Env, presented: string): Promise<string | null> {
    const { tagKeys } = await secretsOf(env)
    const hash = await mintedHash(kind, presented, tagKeys, prefix)
    if (hash !== null) memory.remember(presented, hash)
    return hash
  }

  return function hashOf(env: Env, presented: string): Eventually<string | null> {
    return memory.get(presented) ?? compute(env, presented)
  }
}
