/**
 * OAuth clients: registered clients in D1, and clients that a metadata document describes.
 * See docs/decisions/0012.
 */
import { eq, sql } from 'drizzle-orm'
import type { OAuthClient } from '../../credentials/oauth/client.ts'
import { isDocumentUrl, isRegisteredId } from '../../credentials/oauth/clientId.ts'
import type { Limit } from '../../limits/limit.ts'
import { ask } from '../ask.ts'
import { primaryReader, writer } from '../db.ts'
import type { Env } from '../env.ts'
import { oauthClients } from '../schema.ts'
import { createClientDocuments } from './clientDocuments.ts'

const UNLIMITED = { count: Number.MAX_SAFE_INTEGER, windowMs: 0 }

/**
 * Creates the store of all clients. The first of `registrations` limits how many clients may
 * register in its window, from all addresses together; an empty list is no limit. `hosts` are the
 * gateway's own.
 */
export function createClientStore(config: {
  registrations: readonly Limit[]
  hosts: ReadonlySet<string>
}) {
  const documentAt = createClientDocuments(config.hosts)

  async function findRegistered(env: Env, id: string): Promise<OAuthClient | null> {
    const rows = await ask('D1', () =>
      primaryReader(env).select().from(oauthClients).where(eq(oauthClients.id, id)),
    )
    const [row] = rows
    if (row === undefined) return null
    const { name, redirectUris, refreshes, secretHash } = row
    return { id, name, redirectUris, refreshes, secretHash }
  }

  return {
    /**
     * Finds the client with this id, or null. A metadata document is fetched, unless this isolate
     * fetched it a short time ago.
     */
    async resolve(env: Env, id: string): Promise<OAuthClient | null> {
      if (isRegisteredId(id)) return findRegistered(env, id)
      return isDocumentUrl(id) ? documentAt(id) : null
    },

    /**
     * Finds the client that presents a code or a token, or null. A metadata document is not
     * fetched: codes and tokens are bound to its URL, and a refresh must not depend on another
     * site.
     */
    async resolvePresenter(env: Env, id: string): Promise<OAuthClient | null> {
      if (isRegisteredId(id)) return findRegistered(env, id)
      if (!isDocumentUrl(id)) return null
      return { id, name: null, redirectUris: [], refreshes: false, secretHash: null }
    },

    /**
     * Stores a client that registers at `now` (epoch milliseconds). Returns false, and stores
     * nothing, if the limit for all clients is reached.
     */
    async register(env: Env, client: OAuthClient, now: number): Promise<boolean> {
      const { id, name, refreshes, secretHash } = client
      const redirectUris = JSON.stringify(client.redirectUris)
      const [{ count, windowMs } = UNLIMITED] = config.registrations
      // One statement counts and inserts, so that parallel requests cannot exceed the limit.
      const recent = sql`select count(*) from ${oauthClients} where created_at > ${now - windowMs}`
      const rows = await ask('D1', () =>
        writer(env).all(sql`
          insert into ${oauthClients} (id, name, redirect_uris, refreshes, secret_hash, created_at)
          select ${id}, ${name}, ${redirectUris}, ${refreshes ? 1 : 0}, ${secretHash}, ${now}
          where (${recent}) < ${count}
          returning id`),
      )
      return rows.length > 0
    },
  }
}

export type ClientStore = ReturnType<typeof createClientStore>
