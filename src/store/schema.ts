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

const CHARGE_KINDS = ['claim', 'release', 'settlement', 'undelivered', 'retry'] as const
const CHANNEL_KINDS = [
  'open',
  'deposit',
  'voucher',
  'spend',
  'capture',
  'lapse',
  'forfeit',
  'refund',
] as const

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
    /** What a charge goes through, and then what a payment channel does. */
    kind: text({
      enum: [...CHARGE_KINDS, ...CHANNEL_KINDS],
    }).notNull(),
    /**
     * Whose: the payer's own, held by a claim, ours, or owed to a payer for an answer that never came. Of a
     * channel: deposited and not authorized, authorized by a voucher and not spent, spent and not captured.
     */
    account: text({
      enum: ['payer', 'held', 'revenue', 'owed', 'deposited', 'authorized', 'earned'],
    }).notNull(),
    amount: integer().notNull(),
    currency: text().notNull(),
    challengeId: text('challenge_id').notNull(),
    /** Empty where it is of no one row, as is the request's id: a channel's events are added up before they are written. */
    row: text().notNull(),
    payer: text().notNull(),
    mode: text({ enum: ['pull', 'push', 'proof', 'channel'] }).notNull(),
    /** The payment channel's id; its entries name the challenge that opened it. */
    channelId: text('channel_id'),
    /** The transaction's hash, once there is one. */
    transaction: text(),
    requestId: text('request_id').notNull(),
    at: integer().notNull(),
  },
  (table) => [
    uniqueIndex('ledger_entries_event').on(table.eventId, table.account),
    index('ledger_entries_challenge').on(table.challengeId),
    index('ledger_entries_transaction').on(table.transaction),
    index('ledger_entries_channel').on(table.channelId),
  ],
)
