/**
 * The objects of accounts and of addresses, as the gateway asks them. The objects' code is in
 * `heartbeat/`, a Worker of its own.
 * See docs/decisions/0040 and 0049.
 */
import type { AddressCounts } from '../../contract/addresses.ts'
import type { AccountHeart } from '../../contract/heartbeat.ts'
import { Problem } from '../../http/problem.ts'
import { deadline } from '../../lib/deadline.ts'
import { STORE_TIMEOUT_MS } from '../ask.ts'
import type { Env } from '../env.ts'

/**
 * Returns what an account's object answers. Throws `service_unavailable` if the object fails, does
 * not answer in time, or is not bound.
 */
export function askHeart<T>(
  env: Env,
  owner: string,
  question: (heart: AccountHeart) => Promise<T>,
): Promise<T> {
  return answered("the account's object", async () =>
    question(env.ACCOUNTS.getByName(owner) as unknown as AccountHeart),
  )
}

/** Returns what an object of addresses answers. Throws as `askHeart` does. */
export function askAddresses<T>(
  env: Env,
  name: string,
  question: (counts: AddressCounts) => Promise<T>,
): Promise<T> {
  return answered('the object of addresses', async () =>
    question(env.ADDRESSES.getByName(name) as unknown as AddressCounts),
  )
}

/** Returns the problem of an object that does not answer. `message` is for the log. */
export function unavailable(message: string, cause?: unknown): Problem {
  return new Problem('service_unavailable', {
    headers: { 'retry-after': '1' },
    cause: new Error(message, { cause }),
  })
}

async function answered<T>(object: string, question: () => Promise<T>): Promise<T> {
  try {
    return await deadline(STORE_TIMEOUT_MS, question)
  } catch (cause) {
    throw unavailable(`${object} failed`, cause)
  }
}
