/** The SQL of registered clients. */
import { and, eq, isNull, lt, or, sql } from 'drizzle-orm'
import type { OAuthClient } from '../../credentials/oauth/client.ts'
import type { Limit } from '../../limits/limit.ts'
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

/** One network takes no more than this part of the ceiling for all registrations. */
const NETWORK_PART = 0.1

/**
 * Stores a client that registers from `network` at `now` (epoch milliseconds). Returns false, and
 * stores nothing, if the ceiling for all clients is reached, or the network's part of it.
 */
export async function insertClient(
  env: Env,
  { id, name, refreshes, secretHash, redirectUris }: OAuthClient,
  network: string,
  now: number,
  ceiling: Limit | undefined,
): Promise<boolean> {
  const values = sql`${id}, ${name}, ${JSON.stringify(redirectUris)}, ${refreshes ? 1 : 0},
    ${secretHash}, ${network}, ${now}`
  // One statement counts and inserts, so that parallel requests cannot exceed the limit.
  const recent = sql`select count(*) from ${oauthClients}
    where created_at > ${now - (ceiling?.windowMs ?? 0)}`
  const share = Math.max(1, Math.floor((ceiling?.count ?? 0) * NETWORK_PART))
  const isWithin =
    ceiling === undefined
      ? sql`true`
      : sql`(${recent}) < ${ceiling.count} and (${recent} and network = ${network}) < ${share}`
  const rows = await ask('D1', () =>
    writer(env).all(sql`
      insert into ${oauthClients}
        (id, name, redirect_uris, refreshes, secret_hash, network, created_at)
      select ${values} where ${isWithin}
      returning id`),
  )
  return rows.length > 0
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
