/** The credentials that callers of the bench present, and their hashes in the stores. */
import { randomBytes } from 'node:crypto'
import { type GatewaySecrets, makeSecrets } from '../cli/secrets.ts'
import { mintSecret } from '../src/credentials/minted.ts'
import { mintTagged } from '../src/credentials/tag.ts'
import { hmacKey, sha256Hex } from '../src/lib/bytes.ts'

const PREFIX = 'xq_'

/**
 * How many keys a cold caller takes turns with. An isolate remembers about 10,000 secrets and
 * verdicts, so each of these has been forgotten when it comes again.
 */
const COLD_KEYS = 25_000
const JUNK_KEYS = 512

export interface Credentials {
  secrets: GatewaySecrets
  key: string
  keyHash: string
  session: string
  token: string
  /** A key of an account that has used up its limit for writes. */
  limitedKey: string
  limitedHash: string
  revokedKey: string
  revokedHash: string
  /** Good keys that no isolate knows. */
  coldKeys: readonly string[]
  /** Texts in the form of a key that nobody has minted. */
  junkKeys: readonly string[]
}

/** Fresh credentials. `coldKeys` is how many keys a cold caller needs at most. */
export async function makeCredentials(coldKeys: number): Promise<Credentials> {
  const secrets = await makeSecrets()
  const tagKeys = [await hmacKey(secrets.KEY_TAG_SECRET)]
  const freshKey = async () => (await mintSecret('api_key', tagKeys, PREFIX)).value
  const [key, limitedKey, revokedKey] = [await freshKey(), await freshKey(), await freshKey()]
  return {
    secrets,
    key,
    keyHash: await sha256Hex(key),
    session: await mintTagged('session', tagKeys),
    token: await mintTagged('access_token', tagKeys),
    limitedKey,
    limitedHash: await sha256Hex(limitedKey),
    revokedKey,
    revokedHash: await sha256Hex(revokedKey),
    coldKeys: await Promise.all(Array.from({ length: Math.min(coldKeys, COLD_KEYS) }, freshKey)),
    junkKeys: Array.from({ length: JUNK_KEYS }, () => PREFIX + randomBytes(32).toString('hex')),
  }
}
