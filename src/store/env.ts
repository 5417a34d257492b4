/** The Worker's bindings, and the only reading of them. */
import { parseSigningKeys, type SigningKey } from '../credentials/assertion.ts'
import type { ChallengeKey } from '../credentials/payments/challenge.ts'
import { hmacKey, sha256Hex } from '../lib/bytes.ts'
import { memoize } from '../lib/memoize.ts'

export interface Env {
  /** Accounts, keys, sign-outs: the truth. */
  DB: D1Database
  /** Sessions by the SHA-256 of their token. */
  SESSIONS: KVNamespace
  /** One secret of 32 characters or more; two, with a comma between, while the second is rotated out. */
  KEY_TAG_SECRET: string
  /** A JSON array of private JWKs; the first signs. */
  ASSERTION_KEYS: string
  /** The objects that hold the claims of payments. */
  CHARGES: DurableObjectNamespace
  /** One object for each payment channel. */
  CHANNELS: DurableObjectNamespace
  /** Like KEY_TAG_SECRET: what payment challenges are bound with. */
  PAYMENT_SECRET: string
  /** What the config names: origins' URLs and services, their secret headers. */
  [name: string]: unknown
}

/** A request's `waitUntil`: keeps the Worker alive for work that goes on after the answer. */
export type WaitUntil = (work: Promise<unknown>) => void

/** The secrets of an env, made ready for use. */
export interface Secrets {
  tagKeys: readonly CryptoKey[]
  signingKeys: readonly SigningKey[]
}

/** The env's secrets, read once for each isolate. Rejects with a sentence that says what is missing. */
export const secretsOf = memoize(async (env: Env): Promise<Secrets> => {
  const signingKeys = await parseSigningKeys(String(env.ASSERTION_KEYS ?? ''))
  if (signingKeys === null) {
    throw new Error(
      'ASSERTION_KEYS is missing or no JSON array of private JWKs: run `npm run secrets`',
    )
  }
  return { tagKeys: await Promise.all(secretList(env, 'KEY_TAG_SECRET').map(hmacKey)), signingKeys }
})

/** The keys that payment challenges are bound with: the first one makes new ones. Asked only by rows with a price. */
export const challengeKeysOf = memoize(async (env: Env): Promise<ChallengeKey[]> => {
  const keys = secretList(env, 'PAYMENT_SECRET').map(async (secret) => {
    return { kid: (await sha256Hex(secret)).slice(0, 8), key: await hmacKey(secret) }
  })
  return Promise.all(keys)
})

/** A secret's active values, the newest first. Throws for one that is missing or too short to be one. */
function secretList(env: Env, name: 'KEY_TAG_SECRET' | 'PAYMENT_SECRET'): string[] {
  const secrets = String(env[name] ?? '').split(',')
  if (secrets.every((secret) => secret.length >= 32)) return secrets
  throw new Error(`${name} is missing or shorter than 32 characters: run \`npm run secrets\``)
}
