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

/** Links that sign people in. They are kept for as long as they count against their e-mail's limit. */
export const signInLinks = sqliteTable(
  'sign_in_links',
  {
    /** SHA-256 of the link's token, in hexadecimal. */
    hash: text().primaryKey(),
    email: text().notNull(),
    /** SHA-256 of what the browser that asked has in a cookie. */
    browserHash: text('browser_hash').notNull(),
    /** The path of ours that the person goes on to. */
    returnPath: text('return_path').notNull(),
    createdAt: integer('created_at').notNull(),
    expiresAt: integer('expires_at').notNull(),
    /** Set once, by the request that `usedBy` names. */
    usedAt: integer('used_at'),
    usedBy: text('used_by'),
  },
  (table) => [
    index('sign_in_links_email').on(table.email, table.createdAt),
    index('sign_in_links_created').on(table.createdAt),
  ],
)

/**
 * What happened to money, in double entry: every event has entries that sum to zero, and none is ever
 * changed. Amounts are in the currency's smallest unit.
 */
export const ledgerEntries = sqliteTable(
  'ledger_entries',
  {
    id: integer().primaryKey({ autoIncrement: true }),
    /** Names the event; writing it twice writes it once. */
    eventId: text('event_id').notNull(),
    kind: text({ enum: ['claim', 'release', 'settlement', 'undelivered', 'retry'] }).notNull(),
    /** Whose: the payer's own, held by a claim, earned, or owed to a payer for an answer that never came. */
    account: text({ enum: ['payer', 'held', 'revenue', 'owed'] }).notNull(),
    amount: integer().notNull(),
    currency: text().notNull(),
    challengeId: text('challenge_id').notNull(),
    row: text().notNull(),
    payer: text().notNull(),
    mode: text({ enum: ['pull', 'push', 'proof'] }).notNull(),
    /** The transaction's hash, once there is one. */
    transaction: text(),
    requestId: text('request_id').notNull(),
    at: integer().notNull(),
  },
  (table) => [
    uniqueIndex('ledger_entries_event').on(table.eventId, table.account),
    index('ledger_entries_challenge').on(table.challengeId),
    index('ledger_entries_transaction').on(table.transaction),
  ],
)
