/** The tables of D1 for consent pages, grants, codes and tokens. Times are epoch milliseconds. */
import { index, integer, sqliteTable, text } from 'drizzle-orm/sqlite-core'
import { accounts } from '../schema.ts'

/**
 * The use of a single-use row: when, by which request (a random id), and the id of the secret that
 * the code or the tokens were derived with. Where there is `answered_at`, it is set once the answer
 * is known to have been made.
 */
const used = () => ({
  usedAt: integer('used_at'),
  usedBy: text('used_by'),
  usedWith: text('used_with'),
})

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
    ...used(),
    /** The scopes that were approved, separated by blanks; "" for a refusal. */
    answer: text(),
    answeredAt: integer('answered_at'),
  },
  (table) => [
    index('oauth_requests_end').on(table.expiresAt),
    index('oauth_requests_account').on(table.accountId),
  ],
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
    ...used(),
    answeredAt: integer('answered_at'),
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
    /** For refresh tokens only. */
    ...used(),
    /** When an access token was first presented: its pair has arrived at the client. */
    arrivedAt: integer('arrived_at'),
    /** Set if an access token was revoked without its grant. */
    revokedAt: integer('revoked_at'),
  },
  (table) => [
    index('oauth_tokens_end').on(table.expiresAt),
    index('oauth_tokens_grant').on(table.grantId, table.expiresAt),
  ],
)
