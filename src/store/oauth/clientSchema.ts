/** The tables of OAuth clients. Times are epoch milliseconds. No column holds a secret. */
import { sql } from 'drizzle-orm'
import { index, integer, sqliteTable, text } from 'drizzle-orm/sqlite-core'

/** Clients that registered themselves (RFC 7591), without those that have a metadata document. */
export const oauthClients = sqliteTable(
  'oauth_clients',
  {
    id: text().primaryKey(),
    name: text(),
    redirectUris: text('redirect_uris', { mode: 'json' }).$type<string[]>().notNull(),
    /** Whether the client asked for refresh tokens. */
    refreshes: integer({ mode: 'boolean' }).notNull(),
    /** SHA-256 of a confidential client's secret, in hexadecimal; null for a public client. */
    secretHash: text('secret_hash'),
    /** The network that it registered from: an IPv4 /24 or an IPv6 /48. */
    network: text().notNull().default(''),
    createdAt: integer('created_at').notNull(),
    /** When the client first got a token. */
    activatedAt: integer('activated_at'),
    /** When it last got a token or was shown on a consent page; null: never. */
    lastUsedAt: integer('last_used_at'),
  },
  (table) => [
    index('oauth_clients_created').on(table.createdAt),
    // The registrations that make room when there are too many.
    index('oauth_clients_unused')
      .on(table.network, table.createdAt)
      .where(sql`${table.lastUsedAt} is null`),
  ],
)

/** The last valid metadata document of each client that has one, for when its host is down. */
export const oauthDocuments = sqliteTable(
  'oauth_documents',
  {
    /** The document's URL, which is the client's id. */
    url: text().primaryKey(),
    /** The URL's host. */
    host: text().notNull(),
    name: text(),
    redirectUris: text('redirect_uris', { mode: 'json' }).$type<string[]>().notNull(),
    refreshes: integer({ mode: 'boolean' }).notNull(),
    fetchedAt: integer('fetched_at').notNull(),
  },
  (table) => [
    index('oauth_documents_fetched').on(table.fetchedAt),
    index('oauth_documents_host').on(table.host, table.fetchedAt),
  ],
)
