/** The SQL of the last valid metadata documents. */
import { and, eq, gt } from 'drizzle-orm'
import type { OAuthClient } from '../../credentials/oauth/client.ts'
import { ask } from '../ask.ts'
import { primaryReader, writer } from '../db.ts'
import type { Env } from '../env.ts'
import { oauthDocuments } from './clientSchema.ts'

/** Reads the client of the last valid document, if it was fetched after `since`. */
export async function selectDocument(
  env: Env,
  url: string,
  since: number,
): Promise<OAuthClient | null> {
  const rows = await ask('D1', () =>
    primaryReader(env)
      .select()
      .from(oauthDocuments)
      .where(and(eq(oauthDocuments.url, url), gt(oauthDocuments.fetchedAt, since))),
  )
  const [row] = rows
  if (row === undefined) return null
  const { name, redirectUris, refreshes } = row
  return { id: url, name, redirectUris, refreshes, secretHash: null }
}

/** Stores the client of a document that was fetched at `fetchedAt`, or replaces an older one. */
export async function upsertDocument(
  env: Env,
  { id: url, name, redirectUris, refreshes }: OAuthClient,
  fetchedAt: number,
): Promise<void> {
  const document = { name, redirectUris: [...redirectUris], refreshes, fetchedAt }
  await ask('D1', async () =>
    writer(env)
      .insert(oauthDocuments)
      .values({ url, host: new URL(url).hostname, ...document })
      .onConflictDoUpdate({ target: oauthDocuments.url, set: document }),
  )
}
