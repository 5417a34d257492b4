/** The SQL of registered clients. */
import { and, eq, isNull, lt, or } from 'drizzle-orm'
import type { OAuthClient } from '../../credentials/oauth/client.ts'
import { ask } from '../ask.ts'
import { primaryReader, writer } from '../db.ts'
import type { Env } from '../env.ts'
import { oauthClients } from './clientSchema.ts'

/** Reads the registered client with this id; null if there is none. */
export async function selectClient(env: Env, id: string): Promise<OAuthClient | null> {
  const rows = await ask('D1', () =>
    primaryReader(env).select().from(oauthClients).where(eq(oauthClients.id, id)),
  )
  const [row] = rows
  if (row === undefined) return null
  const { name, redirectUris, refreshes, secretHash } = row
  return { id, name, redirectUris, refreshes, secretHash }
}

/** Stores a client that registers from `network` at `now` (epoch milliseconds). */
export async function insertClient(
  env: Env,
  { id, name, redirectUris, refreshes, secretHash }: OAuthClient,
  network: string,
  now: number,
): Promise<void> {
  await ask('D1', async () =>
    writer(env)
      .insert(oauthClients)
      .values({
        id,
        name,
        redirectUris: [...redirectUris],
        refreshes,
        secretHash,
        network,
        createdAt: now,
      }),
  )
}

/** Writes that a client was used at `now`, unless a use after `since` is written already. */
export async function updateClientUse(
  env: Env,
  id: string,
  now: number,
  since: number,
): Promise<void> {
  const isDue = or(isNull(oauthClients.lastUsedAt), lt(oauthClients.lastUsedAt, since))
  await ask('D1', async () =>
    writer(env)
      .update(oauthClients)
      .set({ lastUsedAt: now })
      .where(and(eq(oauthClients.id, id), isDue)),
  )
}
