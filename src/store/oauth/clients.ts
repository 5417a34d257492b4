/** OAuth clients: those that registered, in D1, and those that a metadata document describes. */
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

/** All clients. `registrations` is how many all together may register; none is unlimited. */
export function createClientStore(config: {
  registrations: readonly Limit[]
  hosts: ReadonlySet<string>
}) {
  const documentAt = createClientDocuments(config.hosts)

  async function registered(env: Env, id: string): Promise<OAuthClient | null> {
    const rows = await ask('D1', () =>
      primaryReader(env).select().from(oauthClients).where(eq(oauthClients.id, id)),
    )
    const [row] = rows
    if (row === undefined) return null
    const { name, redirectUris, refreshes, secretHash } = row
    return { id, name, redirectUris, refreshes, secretHash }
  }

  return {
    /** The client with this id, or null. One with a document is fetched, unless that was done of late. */
    async resolve(env: Env, id: string): Promise<OAuthClient | null> {
      if (isRegisteredId(id)) return registered(env, id)
      return isDocumentUrl(id) ? documentAt(id) : null
    },

    /**
     * The client that a code or a token is presented by, or null. A document is not read again: what
     * it let happen is bound to its URL, and a refresh must not depend on a foreign site.
     */
    async resolvePresenter(env: Env, id: string): Promise<OAuthClient | null> {
      if (isRegisteredId(id)) return registered(env, id)
      if (!isDocumentUrl(id)) return null
      return { id, name: null, redirectUris: [], refreshes: false, secretHash: null }
    },

    /** Stores a client, unless too many have registered of late. False: they have. */
    async register(env: Env, client: OAuthClient, now: number): Promise<boolean> {
      const { id, name, refreshes, secretHash } = client
      const redirectUris = JSON.stringify(client.redirectUris)
      const [{ count, windowMs } = UNLIMITED] = config.registrations
      // Counting and inserting are one statement: no crowd of isolates passes the ceiling.
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
