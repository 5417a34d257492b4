/**
 * Signing of assertions with the env's keys. Loaded with the first assertion, because it brings a
 * library along.
 */
import { parseSigningKeys, type SigningKey, signAssertion } from '../../credentials/assertion.ts'
import type { Caller } from '../../credentials/caller.ts'
import { memoizeAsync } from '../../lib/memoize.ts'
import { secretValues } from '../../lib/secretValues.ts'
import type { Env } from '../env.ts'

/**
 * Imports the keys that assertions are signed with, once for each isolate; the first key signs.
 * Rejects with an error for the operator if they are missing or malformed.
 */
export const signingKeysOf = memoizeAsync(async (env: Env): Promise<readonly SigningKey[]> => {
  const values = secretValues(env, 'ASSERTION_KEYS', Date.now())
  const keys = await parseSigningKeys(...values)
  if (keys !== null) return keys
  throw new Error(
    'ASSERTION_KEYS is missing or is not a JSON array of private JWKs: run `npm run setup`',
  )
})

/**
 * Signs an assertion (a JWT) about a caller, issued at `now` (epoch milliseconds). Rejects without
 * a key.
 */
export async function sign(
  env: Env,
  subject: { issuer: string; caller: Caller; audience: string; now: number },
): Promise<string> {
  const [signingKey] = await signingKeysOf(env)
  if (signingKey === undefined) throw new Error('no key to sign with')
  return signAssertion(subject, signingKey)
}
