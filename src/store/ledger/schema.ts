/**
 * The tables of the ledger, and the sums that are kept beside it. Amounts are in the currency's
 * smallest unit, times are epoch milliseconds.
 * See docs/decisions/0046.
 */
import { sql } from 'drizzle-orm'
import { index, integer, primaryKey, sqliteTable, text, uniqueIndex } from 'drizzle-orm/sqlite-core'
import { CHANNEL_KINDS } from './sumStatements.ts'

const CHARGE_KINDS = [
  'claim',
  'release',
  'settlement',
  'undelivered',
  'retry',
  'expiry',
  'repayment',
] as const

/**
 * The ledger, in double entry: the entries of each event sum to zero, and no entry is ever changed.
 */
export const ledgerEntries = sqliteTable(
  'ledger_entries',
  {
    id: integer().primaryKey({ autoIncrement: true }),
    /** The event's id. An event that is written again adds no entries. */
    eventId: text('event_id').notNull(),
    kind: text({ enum: [...CHARGE_KINDS, 'open', ...CHANNEL_KINDS, 'fee'] }).notNull(),
    /**
     * The account that the amount is added to: the payer's own, ours ("revenue"), held by a claim,
     * owed for an answer that was not delivered, or due as a refund because that answer cannot be
     * had any more. For a channel: deposited but not authorized, authorized by a voucher but not
     * spent, earned by results but not captured on the chain. For a transaction that we paid for:
     * its fee ("fees", below zero), and who took it ("network").
     */
    account: text({
      enum: [
        'payer',
        'held',
        'revenue',
        'owed',
        'due',
        'deposited',
        'authorized',
        'earned',
        'fees',
        'network',
      ],
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
    index('ledger_entries_transaction').on(sql`lower("transaction")`),
    index('ledger_entries_channel').on(table.channelId),
    index('ledger_entries_payer').on(sql`lower("payer")`),
    index('ledger_entries_request').on(table.requestId),
    index('ledger_entries_at').on(table.at),
  ],
)

/**
 * Sums of entries, by UTC day. The amount is `billions` × 10^9 + `units`, because the sum of a
 * currency with 18 decimals is soon beyond an SQLite integer.
 */
export const ledgerSums = sqliteTable(
  'ledger_sums',
  {
    /** Days since 1970. */
    day: integer().notNull(),
    /** In lower case. */
    currency: text().notNull(),
    /**
     * The subject of the sum. By route, payer and mode only revenue is added up; by kind the
     * amounts that were added to an account, not those that were taken from one.
     */
    by: text({ enum: ['account', 'kind', 'route', 'payer', 'mode', 'spent'] }).notNull(),
    name: text().notNull(),
    billions: integer().notNull(),
    units: integer().notNull(),
    /** The number of entries; by kind, the number of events. */
    count: integer().notNull(),
  },
  (table) => [primaryKey({ columns: [table.by, table.day, table.currency, table.name] })],
)

/** Balances that must come to zero in the end, and are not zero now. */
export const ledgerOpen = sqliteTable(
  'ledger_open',
  {
    /** An account of one challenge; or an event whose entries do not sum to zero. */
    what: text({ enum: ['held', 'owed', 'due', 'unbalanced'] }).notNull(),
    currency: text().notNull(),
    /** The challenge's id; of an unbalanced event the event's id. */
    id: text().notNull(),
    amount: integer().notNull(),
    challengeId: text('challenge_id').notNull(),
    row: text().notNull(),
    payer: text().notNull(),
    mode: text().notNull(),
    kind: text().notNull(),
    transaction: text(),
    /** The time of the first entry. */
    at: integer().notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.what, table.currency, table.id] }),
    index('ledger_open_amount').on(table.amount),
  ],
)

/** Payment channels, and the amounts that their events have moved, by kind. */
export const ledgerChannels = sqliteTable(
  'ledger_channels',
  {
    channelId: text('channel_id').notNull(),
    currency: text().notNull(),
    challengeId: text('challenge_id').notNull(),
    payer: text().notNull(),
    deposit: integer().notNull(),
    voucher: integer().notNull(),
    spend: integer().notNull(),
    capture: integer().notNull(),
    lapse: integer().notNull(),
    forfeit: integer().notNull(),
    refund: integer().notNull(),
    /** The id of the first entry. */
    firstId: integer('first_id').notNull(),
    /** The time of the last entry. */
    at: integer().notNull(),
  },
  (table) => [primaryKey({ columns: [table.channelId, table.currency] })],
)

/** The ends of what was done: of the sums, and of the comparison with the chain. */
export const ledgerMarks = sqliteTable('ledger_marks', {
  /**
   * "summed": the last entry in the sums. "summing": the last one that the step being made adds.
   * "compared" and a chain: the time until which that chain was compared with the ledger.
   */
  name: text().primaryKey(),
  value: integer().notNull(),
})
