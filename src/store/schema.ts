/** The tables of D1. Times are epoch milliseconds. No column holds a secret, only hashes. */
import { index, integer, sqliteTable, text, uniqueIndex } from 'drizzle-orm/sqlite-core'
import { LOCALES } from '../lib/locale.ts'

/** People and organisations with credentials; one for each e-mail address. */
export const accounts = sqliteTable(
  'accounts',
  {
    id: text().primaryKey(),
    email: text().notNull(),
    plan: text({ enum: ['active', 'inactive'] }).notNull(),
    locale: text({ enum: LOCALES }).notNull(),
    createdAt: integer('created_at').notNull(),
    /** If set, no credential of the account is valid. */
    disabledAt: integer('disabled_at'),
  },
  (table) => [uniqueIndex('accounts_email').on(table.email)],
)

/** API keys, revoked ones too. */
export const apiKeys = sqliteTable(
  'api_keys',
  {
    id: integer().primaryKey({ autoIncrement: true }),
    accountId: text('account_id')
      .notNull()
      .references(() => accounts.id),
    name: text().notNull(),
    /** The first characters of the key, so that people can tell keys apart. */
    prefix: text().notNull(),
    /** SHA-256 of the whole key, in hexadecimal. */
    hash: text().notNull(),
    createdAt: integer('created_at').notNull(),
    lastUsedAt: integer('last_used_at'),
    /** The number of requests that the key was accepted for. */
    requests: integer().notNull().default(0),
    /** Set once, never unset. */
    revokedAt: integer('revoked_at'),
    /** From then on the key is dead; null: never. */
    expiresAt: integer('expires_at'),
  },
  (table) => [
    uniqueIndex('api_keys_hash').on(table.hash),
    index('api_keys_account').on(table.accountId, table.revokedAt),
  ],
)
