/** The tables of D1. Times are epoch milliseconds. No column holds a secret, only hashes. */
import { index, integer, sqliteTable, text, uniqueIndex } from 'drizzle-orm/sqlite-core'

/** People and organisations with credentials; one for each e-mail address. */
export const accounts = sqliteTable(
  'accounts',
  {
    id: text().primaryKey(),
    email: text().notNull(),
    plan: text({ enum: ['active', 'inactive'] }).notNull(),
    locale: text({ enum: ['en', 'tr', 'es'] }).notNull(),
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
  },
  (table) => [
    uniqueIndex('api_keys_hash').on(table.hash),
    index('api_keys_account').on(table.accountId, table.revokedAt),
  ],
)

/** Sessions that were signed out, because KV may show a deleted session for another minute. */
export const signedOutSessions = sqliteTable(
  'signed_out_sessions',
  {
    /** SHA-256 of the token, in hexadecimal. */
    hash: text().primaryKey(),
    /** When the session would have ended by itself; the row can be deleted then. */
    endsAt: integer('ends_at').notNull(),
  },
  (table) => [index('signed_out_sessions_end').on(table.endsAt)],
)

/** Links that sign people in, kept while they are valid or count against their e-mail's limit. */
export const signInLinks = sqliteTable(
  'sign_in_links',
  {
    /** SHA-256 of the link's token, in hexadecimal. */
    hash: text().primaryKey(),
    email: text().notNull(),
    /** SHA-256 of the cookie that names the browser that asked for the link. */
    browserHash: text('browser_hash').notNull(),
    /** The path on our host to which the person is sent after signing in. */
    returnPath: text('return_path').notNull(),
    createdAt: integer('created_at').notNull(),
    expiresAt: integer('expires_at').notNull(),
    usedAt: integer('used_at'),
    /** A random id of the request that used the link: it is used once. */
    usedBy: text('used_by'),
  },
  (table) => [
    index('sign_in_links_email').on(table.email, table.createdAt),
    index('sign_in_links_created').on(table.createdAt),
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

/** Consent pages that were shown. Each can be answered once, by the session that saw it. */
export const oauthRequests = sqliteTable(
  'oauth_requests',
  {
    /** SHA-256 of the page's token, in hexadecimal. */
    hash: text().primaryKey(),
    sessionId: text('session_id').notNull(),
    accountId: text('account_id')
      .notNull()
      .references(() => accounts.id),
    clientId: text('client_id').notNull(),
    clientName: text('client_name').notNull(),
    refreshes: integer({ mode: 'boolean' }).notNull(),
    redirectUri: text('redirect_uri').notNull(),
    state: text(),
    scope: text().notNull(),
    resource: text().notNull(),
    challenge: text().notNull(),
    expiresAt: integer('expires_at').notNull(),
    usedAt: integer('used_at'),
    /** A random id of the request that answered the page. */
    usedBy: text('used_by'),
  },
  (table) => [index('oauth_requests_end').on(table.expiresAt)],
)

/** Grants: an account allows a client to act for it. The tokens of a grant are its family. */
export const oauthGrants = sqliteTable(
  'oauth_grants',
  {
    id: text().primaryKey(),
    accountId: text('account_id')
      .notNull()
      .references(() => accounts.id),
    clientId: text('client_id').notNull(),
    /** The client's name as the consent page showed it. */
    clientName: text('client_name').notNull(),
    scope: text().notNull(),
    resource: text().notNull(),
    /** The URLs at which the grant's tokens may be used, separated by blanks. */
    audiences: text().notNull(),
    refreshes: integer({ mode: 'boolean' }).notNull(),
    createdAt: integer('created_at').notNull(),
    /** Written at most once an hour. */
    lastUsedAt: integer('last_used_at'),
    /** Set once, never unset. If set, no code or token of the grant is valid. */
    revokedAt: integer('revoked_at'),
  },
  (table) => [
    index('oauth_grants_account').on(table.accountId, table.revokedAt),
    index('oauth_grants_client').on(table.clientId),
  ],
)

export const oauthCodes = sqliteTable(
  'oauth_codes',
  {
    /** SHA-256 of the code, in hexadecimal. */
    hash: text().primaryKey(),
    grantId: text('grant_id')
      .notNull()
      .references(() => oauthGrants.id, { onDelete: 'cascade' }),
    redirectUri: text('redirect_uri').notNull(),
    challenge: text().notNull(),
    expiresAt: integer('expires_at').notNull(),
    usedAt: integer('used_at'),
    /** A random id of the request that used the code. */
    usedBy: text('used_by'),
  },
  (table) => [
    index('oauth_codes_end').on(table.expiresAt),
    index('oauth_codes_grant').on(table.grantId),
  ],
)

/** Access tokens and refresh tokens. */
export const oauthTokens = sqliteTable(
  'oauth_tokens',
  {
    /** SHA-256 of the token, in hexadecimal. */
    hash: text().primaryKey(),
    kind: text({ enum: ['access', 'refresh'] }).notNull(),
    grantId: text('grant_id')
      .notNull()
      .references(() => oauthGrants.id, { onDelete: 'cascade' }),
    expiresAt: integer('expires_at').notNull(),
    /** Set once, when a refresh token is used. */
    usedAt: integer('used_at'),
    /** A random id of the request that used the refresh token. */
    usedBy: text('used_by'),
    /** Set if an access token was revoked without its grant. */
    revokedAt: integer('revoked_at'),
  },
  (table) => [
    index('oauth_tokens_end').on(table.expiresAt),
    index('oauth_tokens_grant').on(table.grantId, table.expiresAt),
  ],
)
