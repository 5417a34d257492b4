/** The usage that D1 has of an account, after its object has written what it has. */
import type { AccountHeart } from '../../../src/contract/heartbeat.ts'
import { env } from './gateway.ts'

export interface UsageRow {
  hour: number
  credential: string
  route: string
  status: string
  requests: number
}

/** The object of an account, as the gateway asks it. */
export const heartOf = (owner: string) => env.ACCOUNTS.getByName(owner) as unknown as AccountHeart

/** Ends the instance of an account's object, with all that it has in memory. */
export async function evict(owner: string): Promise<void> {
  const object = env.ACCOUNTS.getByName(owner) as unknown as { evict(): Promise<void> }
  // The call ends with its instance.
  await object.evict().catch(() => undefined)
}

/** Ends the object of an account, with all that it has stored. */
export async function lose(owner: string): Promise<void> {
  const object = env.ACCOUNTS.getByName(owner) as unknown as { lose(): Promise<void> }
  await object.lose().catch(() => undefined)
}

/** Makes the object of an account write its usage, and returns all of it that D1 has. */
export async function usageOf(owner: string): Promise<UsageRow[]> {
  await heartOf(owner).flush()
  const { results } = await env.DB.prepare(
    `select hour, credential, route, status, requests from usage where owner = ?
     order by hour, credential, route, status`,
  )
    .bind(owner)
    .all<UsageRow>()
  return results
}
