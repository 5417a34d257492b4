/** The Worker's bindings, and the only reading of them. */
import { parseSigningKeys, type SigningKey } from '../credentials/assertion.ts'
import { hmacKey } from '../lib/bytes.ts'

export interface Env {
  /** Accounts, keys, sign-outs: the truth. */
  DB: D1Database
  /** Sessions by the SHA-256 of their token. */
  SESSIONS: KVNamespace
  /** One secret of 32 characters or more; two, with a comma between, while the second is rotated out. */
  KEY_TAG_SECRET: string
  /** A JSON array of private JWKs; the first signs. */
  ASSERTION_KEYS: string
  /** What the config names: origins' URLs and services, their secret headers. */
  [name: string]: unknown
}

/** The secrets of an env, made ready for use. */
export interface Secrets {
  tagKeys: readonly CryptoKey[]
  signingKeys: readonly SigningKey[]
}

const ready = new WeakMap<Env, Promise<Secrets>>()

/** The env's secrets, read once for each isolate. Rejects with a sentence that says what is missing. */
export function secretsOf(env: Env): Promise<Secrets> {
  const known = ready.get(env)
  if (known !== undefined) return known
  const secrets = readSecrets(env)
  ready.set(env, secrets)
  return secrets
}

async function readSecrets(env: Env): Promise<Secrets> {
  const tagSecrets = typeof env.KEY_TAG_SECRET === 'string' ? env.KEY_TAG_SECRET.split(',') : []
  if (tagSecrets.length === 0 || tagSecrets.some((secret) => secret.length < 32)) {
    throw new Error(
      'KEY_TAG_SECRET is missing or shorter than 32 characters: run `npm run secrets`',
    )
  }
  const signingKeys = await parseSigningKeys(String(env.ASSERTION_KEYS ?? ''))
  if (signingKeys === null) {
    throw new Error(
      'ASSERTION_KEYS is missing or no JSON array of private JWKs: run `npm run secrets`',
    )
  }
  return { tagKeys: await Promise.all(tagSecrets.map(hmacKey)), signingKeys }
}
