/**
 * Secrets that are made from what a request presents, so that a retry of the request gets the very
 * same secret, although only its hash was stored. See docs/decisions/0025.
 */
import { sha256Hex } from '../lib/bytes.ts'
import type { MintedSecret } from './minted.ts'
import { deriveTagged, type TaggedKind } from './tag.ts'

/** One of the gateway's own secrets, with the id that a row names it by. */
export interface DerivingKey {
  kid: string
  key: CryptoKey
}

/**
 * Returns the secret of a kind that follows from a presented secret. `context` is the grant, or
 * whatever else the new secret belongs to; neither text has a blank.
 */
export async function deriveSecret(
  kind: TaggedKind,
  { context, presented }: { context: string; presented: string },
  { key }: DerivingKey,
): Promise<MintedSecret> {
  const value = await deriveTagged(kind, `${context} ${presented}`, key)
  return { value, hash: await sha256Hex(value) }
}
