/** The Worker's bindings and secrets. The gateway's own secrets are read only here. */
import type { DerivingKey } from '../credentials/derived.ts'
import type { ChallengeKey } from '../credentials/payments/challenge.ts'
import { hmacKey, sha256Hex } from '../lib/bytes.ts'
import { memoizeAsync } from '../lib/memoize.ts'
import { secretValues } from '../lib/secretValues.ts'

/** The bindings of wrangler.toml, and the secrets of `npm run setup`. */
export interface Env {
  /** Accounts, keys, sign-ins and OAuth: the authoritative copy. Also the ledger of payments. */
  DB: D1Database
  /** Session records, each under the SHA-256 of the session's token. */
  SESSIONS: KVNamespace
  /**
   * Tags minted secrets: at least 32 characters. KEY_TAG_SECRET_2 to _9 are values beside it
   * (`lib/secretValues.ts`). Several values may also stand in one, the newest first, with commas.
   */
  KEY_TAG_SECRET: string
  /**
   * Signs assertions: a JSON array of private JWKs, of which the first one signs. Can have others
   * beside it, like KEY_TAG_SECRET.
   */
  ASSERTION_KEYS: string
  /** The Durable Objects that hold the claims of charges. */
  CHARGES: DurableObjectNamespace
  /** One Durable Object for each payment channel. */
  CHANNELS: DurableObjectNamespace
  /** One Durable Object for each account: its limits, its changes and its usage. */
  ACCOUNTS: DurableObjectNamespace
  /** Objects that count the requests of client addresses. */
  ADDRESSES: DurableObjectNamespace
  /** If bound, gets a data point for each request of an account or payer. */
  REQUESTS?: AnalyticsEngineDataset
  /** Binds payment challenges. Has the form of KEY_TAG_SECRET. */
  PAYMENT_SECRET: string
  /**
   * Proves to `GET /health` that the operator asks. Made by the operator: at least 32 characters,
   * with others beside it like KEY_TAG_SECRET. Not set: nobody is told the parts.
   */
  HEALTH_SECRET?: string
  /** Bindings that the config names: URLs and services of origins, and their secret headers. */
  [name: string]: unknown
}

/** A request's `waitUntil`: keeps the Worker alive for work that goes on after the answer. */
export type WaitUntil = (work: Promise<unknown>) => void

/**
 * Imports the keys that minted secrets are tagged with, once for each isolate; the first key tags
 * new ones. Rejects with an error for the operator if the secret is missing or malformed.
 */
export const tagKeysOf = memoizeAsync(async (env: Env): Promise<readonly CryptoKey[]> => {
  return Promise.all(secretList(env, 'KEY_TAG_SECRET').map(hmacKey))
})

/**
 * Imports the same keys with the ids that rows of D1 name them by. Secrets are derived with the
 * first one, and made again with the one that the row names.
 */
export const derivingKeysOf = memoizeAsync((env: Env): Promise<DerivingKey[]> => {
  return named(secretList(env, 'KEY_TAG_SECRET'))
})

/**
 * Imports the keys that payment challenges are bound with, once for each isolate. The first key
 * binds new challenges. Only priced routes need these keys, so an env without PAYMENT_SECRET can
 * serve all others.
 */
export const challengeKeysOf = memoizeAsync((env: Env): Promise<ChallengeKey[]> => {
  return named(secretList(env, 'PAYMENT_SECRET'))
})

/**
 * The values that prove the operator, as SHA-256 in hexadecimal; none if there is no secret.
 * Rejects with an error for the operator if one is too short.
 */
export const healthHashesOf = memoizeAsync(async (env: Env): Promise<string[]> => {
  const isSet = secretValues(env, 'HEALTH_SECRET', Date.now()).length > 0
  return isSet ? Promise.all(secretList(env, 'HEALTH_SECRET').map(sha256Hex)) : []
})

/** Imports secrets, each with an id that tells nothing about it. */
function named(secrets: string[]): Promise<{ kid: string; key: CryptoKey }[]> {
  return Promise.all(
    secrets.map(async (secret) => {
      return { kid: (await sha256Hex(secret)).slice(0, 8), key: await hmacKey(secret) }
    }),
  )
}

/** Returns a secret's values, the newest first. Throws if one is missing or too short. */
function secretList(
  env: Env,
  name: 'KEY_TAG_SECRET' | 'PAYMENT_SECRET' | 'HEALTH_SECRET',
): string[] {
  const secrets = secretValues(env, name, Date.now()).flatMap((value) => value.split(','))
  if (secrets.length > 0 && secrets.every((secret) => secret.length >= 32)) return secrets
  throw new Error(`${name} is missing or shorter than 32 characters: run \`npm run setup\``)
}
