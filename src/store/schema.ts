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
    /** If set, the person is gone: `email` is the account's id, and nothing ends this again. */
    deletedAt: integer('deleted_at'),
  },
  (table) => [
    uniqueIndex('accounts_email').on(table.email),
    index('accounts_created').on(table.createdAt, table.id),
  ],
)

/** The audit list: acts on accounts, by whom and when. No row is ever changed or deleted. */
export const auditEntries = sqliteTable('audit_entries', {
  id: integer().primaryKey({ autoIncrement: true }),
  act: text({ enum: ['disable', 'enable', 'delete'] }).notNull(),
  /** The id of the account that was signed in. */
  actorId: text('actor_id').notNull(),
  /** The id of the account that it was done to. */
  subjectId: text('subject_id').notNull(),
  at: integer().notNull(),
})

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
