/**
 * The object of an account, as the gateway asks it. The object's code is in `heartbeat/`, a Worker
 * of its own.
 * See docs/decisions/0040.
 */
import type { AccountHeart } from '../../contract/heartbeat.ts'
import { Problem } from '../../http/problem.ts'
import { deadline } from '../../lib/deadline.ts'
import { STORE_TIMEOUT_MS } from '../ask.ts'
import type { Env } from '../env.ts'

/**
 * Returns what an account's object answers. Throws `service_unavailable` if the object fails, does
 * not answer in time, or is not bound.
 */
export async function askHeart<T>(
  env: Env,
  owner: string,
  question: (heart: AccountHeart) => Promise<T>,
): Promise<T> {
  try {
    return await deadline(STORE_TIMEOUT_MS, async () =>
      question(env.ACCOUNTS.getByName(owner) as unknown as AccountHeart),
    )
  } catch (cause) {
    throw new Problem('service_unavailable', {
      headers: { 'retry-after': '1' },
      cause: new Error("the account's object failed", { cause }),
    })
  }
}
