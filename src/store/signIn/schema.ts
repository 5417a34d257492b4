/** The tables of sign-in in D1. Times are epoch milliseconds. No column holds a secret. */
import { index, integer, sqliteTable, text } from 'drizzle-orm/sqlite-core'

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
    /** The e-mail address without its "+tag", which limits count by. */
    inbox: text().notNull().default(''),
    /** SHA-256 of the cookie that names the browser that asked for the link. */
    browserHash: text('browser_hash').notNull(),
    /** Keyed hash of the code in the mail, bound to the browser. */
    codeHash: text('code_hash').notNull().default(''),
    /** Keyed hash of the network that asked for the link. */
    network: text().notNull().default(''),
    /** Names a browser that had been signed in to this inbox before; null for any other. */
    knownBrowser: text('known_browser'),
    /** False if the mail could not be sent: the link counts against no limit. */
    isCounted: integer('is_counted', { mode: 'boolean' }).notNull().default(true),
    /** The path on our host to which the person is sent after signing in. */
    returnPath: text('return_path').notNull(),
    createdAt: integer('created_at').notNull(),
    expiresAt: integer('expires_at').notNull(),
    usedAt: integer('used_at'),
    /** SHA-256 of the session that the link began. A retry gets this session and no other. */
    usedBy: text('used_by'),
    /** Wrong codes that were typed while this was the browser's newest link. */
    tries: integer().notNull().default(0),
    /** Keyed hash of the last wrong code, because the same one twice is one try. */
    lastTry: text('last_try'),
  },
  (table) => [
    index('sign_in_links_inbox').on(table.inbox, table.createdAt),
    index('sign_in_links_browser').on(table.browserHash, table.createdAt),
    index('sign_in_links_created').on(table.createdAt),
  ],
)
