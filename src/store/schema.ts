/** The tables. Times are epoch milliseconds. No column holds a secret, only hashes of secrets. */
import { index, integer, sqliteTable, text, uniqueIndex } from 'drizzle-orm/sqlite-core'

export const accounts = sqliteTable(
  'accounts',
  {
    id: text().primaryKey(),
    email: text().notNull(),
    plan: text({ enum: ['active', 'inactive'] }).notNull(),
    locale: text({ enum: ['en', 'tr', 'es'] }).notNull(),
    createdAt: integer('created_at').notNull(),
    /** Set: none of the account's credentials are valid. */
    disabledAt: integer('disabled_at'),
  },
  (table) => [uniqueIndex('accounts_email').on(table.email)],
)

export const apiKeys = sqliteTable(
  'api_keys',
  {
    id: integer().primaryKey({ autoIncrement: true }),
    accountId: text('account_id')
      .notNull()
      .references(() => accounts.id),
    name: text().notNull(),
    /** The first characters, for people to tell keys apart. */
    prefix: text().notNull(),
    /** SHA-256 of the whole key, in hexadecimal. */
    hash: text().notNull(),
    createdAt: integer('created_at').notNull(),
    lastUsedAt: integer('last_used_at'),
    /** Requests that the key was let in with. */
    requests: integer().notNull().default(0),
    /** Set once, never unset. */
    revokedAt: integer('revoked_at'),
  },
  (table) => [
    uniqueIndex('api_keys_hash').on(table.hash),
    index('api_keys_account').on(table.accountId, table.revokedAt),
  ],
)

/** Sessions that were signed out: KV may show a deleted session for a minute, this table does not. */
export const signedOutSessions = sqliteTable(
  'signed_out_sessions',
  {
    /** SHA-256 of the token, in hexadecimal. */
    hash: text().primaryKey(),
    /** When the session would have ended by itself; the row may go then. */
    endsAt: integer('ends_at').notNull(),
  },
  (table) => [index('signed_out_sessions_end').on(table.endsAt)],
)
