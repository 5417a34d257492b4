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
 * The ledger, in double entry: the entries of each event sum to zero, and no entry is ever changed.
 * Amounts are in the currency's smallest unit.
 */
export const ledgerEntries = sqliteTable(
  'ledger_entries',
  {
    id: integer().primaryKey({ autoIncrement: true }),
    /** The event's id. An event that is written again adds no entries. */
    eventId: text('event_id').notNull(),
    kind: text({ enum: [...CHARGE_KINDS, ...CHANNEL_KINDS] }).notNull(),
    /**
     * The account that the amount is added to: the payer's own, ours ("revenue"), held by a claim,
     * or owed for an answer that was not delivered. For a channel: deposited but not authorized,
     * authorized by a voucher but not spent, earned by results but not captured on the chain.
     */
    account: text({
      enum: ['payer', 'held', 'revenue', 'owed', 'deposited', 'authorized', 'earned'],
    }).notNull(),
    amount: integer().notNull(),
    currency: text().notNull(),
    /** The challenge that was paid, or the one with which the payment channel was opened. */
    challengeId: text('challenge_id').notNull(),
    /** The route's id; empty, as is `requestId`, for a channel's events that add up many calls. */
    row: text().notNull(),
    payer: text().notNull(),
    mode: text({ enum: ['pull', 'push', 'proof', 'authorization', 'channel'] }).notNull(),
    channelId: text('channel_id'),
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
