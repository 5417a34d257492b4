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
    mode: text({ enum: ['pull', 'push', 'proof', 'authorization', 'channel'] }).notNull(),
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

/** Clients that registered themselves (RFC 7591). One with a metadata document is not stored. */
export const oauthClients = sqliteTable(
  'oauth_clients',
  {
    id: text().primaryKey(),
    name: text(),
    /** A JSON array. */
    redirectUris: text('redirect_uris', { mode: 'json' }).$type<string[]>().notNull(),
    /** Whether it asked for refresh tokens. */
    refreshes: integer({ mode: 'boolean' }).notNull(),
    /** SHA-256 of a confidential client's secret, in hexadecimal. */
    secretHash: text('secret_hash'),
    createdAt: integer('created_at').notNull(),
    /** When it first got a token. */
    activatedAt: integer('activated_at'),
    lastUsedAt: integer('last_used_at'),
  },
  (table) => [index('oauth_clients_created').on(table.createdAt)],
)

/** Consent pages that were shown. Each is answered once, by the session that it was shown to. */
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
    /** The request that used it. */
    usedBy: text('used_by'),
  },
  (table) => [index('oauth_requests_end').on(table.expiresAt)],
)

/** What an account has let a client do: the family that its tokens belong to. */
export const oauthGrants = sqliteTable(
  'oauth_grants',
  {
    id: text().primaryKey(),
    accountId: text('account_id')
      .notNull()
      .references(() => accounts.id),
    clientId: text('client_id').notNull(),
    /** As the person read it. */
    clientName: text('client_name').notNull(),
    scope: text().notNull(),
    resource: text().notNull(),
    /** Where its tokens may be used, URLs with blanks between. */
    audiences: text().notNull(),
    /** Whether its client gets refresh tokens. */
    refreshes: integer({ mode: 'boolean' }).notNull(),
    createdAt: integer('created_at').notNull(),
    /** Noted hourly at most. */
    lastUsedAt: integer('last_used_at'),
    /** Set once, never unset: no code or token of it is valid. */
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
    /** The request that used it. */
    usedBy: text('used_by'),
  },
  (table) => [
    index('oauth_codes_end').on(table.expiresAt),
    index('oauth_codes_grant').on(table.grantId),
  ],
)

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
    /** Of a refresh token. */
    usedAt: integer('used_at'),
    /** The request that used it. */
    usedBy: text('used_by'),
    /** Of an access token that was revoked alone. */
    revokedAt: integer('revoked_at'),
  },
  (table) => [
    index('oauth_tokens_end').on(table.expiresAt),
    index('oauth_tokens_grant').on(table.grantId, table.expiresAt),
  ],
)
