/** The SQL of the use of keys. */
import { eq, sql } from 'drizzle-orm'
import { ask } from '../ask.ts'
import { writer } from '../db.ts'
import type { Env } from '../env.ts'
import { apiKeys } from '../schema.ts'

/** How often a key was used, and when last, in epoch milliseconds. */
export interface KeyUse {
  requests: number
  lastUsedAt: number
}

/** Adds the use of keys, each by its id, to what is stored: all of them, or none. */
export async function addUse(
  env: Env,
  uses: readonly [keyId: string, use: KeyUse][],
): Promise<void> {
  const db = writer(env)
  const [first, ...rest] = uses.map(([keyId, use]) =>
    db
      .update(apiKeys)
      .set({
        requests: sql`${apiKeys.requests} + ${use.requests}`,
        // Isolates write out of order, so the latest use wins.
        lastUsedAt: sql`max(coalesce(${apiKeys.lastUsedAt}, 0), ${use.lastUsedAt})`,
      })
      .where(eq(apiKeys.id, Number(keyId))),
  )
  if (first !== undefined) await ask('D1', () => db.batch([first, ...rest]))
}
