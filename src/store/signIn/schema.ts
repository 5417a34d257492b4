/** The tables of sign-in in D1. Times are epoch milliseconds. No column holds a secret. */
import { index, integer, primaryKey, sqliteTable, text } from 'drizzle-orm/sqlite-core'
import { accounts } from '../schema.ts'

/**
 * Sessions, ended ones too, until they would have ended by themselves. KV may show a session that
 * was ended for another minute, so these rows decide.
 */
export const sessions = sqliteTable(
  'sessions',
  {
    /** SHA-256 of the token, in hexadecimal. */
    hash: text().primaryKey(),
    /** Names the session in lists, logs and assertions. */
    id: text().notNull(),
    accountId: text('account_id')
      .notNull()
      .references(() => accounts.id),
    /** The browser that signed in, like "Firefox, Windows"; "" if it is unknown. */
    browser: text().notNull(),
    /** The place that the platform saw the browser at, like "Izmir, TR"; "" if it is unknown. */
    place: text().notNull(),
    createdAt: integer('created_at').notNull(),
    /** The beginning of the hour in which the session was last used. */
    seenAt: integer('seen_at').notNull(),
    /** When the session ends at the latest; the row can be deleted then. */
    endsAt: integer('ends_at').notNull(),
    /** When it was signed out. Set once, never unset. */
    endedAt: integer('ended_at'),
  },
  (table) => [
    index('sessions_account').on(table.accountId, table.endedAt),
    index('sessions_end').on(table.endsAt),
  ],
)

/** People who sign in to an account by another site's word: the site, and its name for them. */
export const identities = sqliteTable(
  'identities',
  {
    /** The issuer's URL (OpenID Connect Core 1.0 section 2). */
    issuer: text().notNull(),
    /** The `sub` of its ID tokens: the person's name there, which never changes. */
    subject: text().notNull(),
    accountId: text('account_id')
      .notNull()
      .references(() => accounts.id),
    createdAt: integer('created_at').notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.issuer, table.subject] }),
    index('identities_account').on(table.accountId),
  ],
)

/** Sign-ins that were sent to another site and may come back, each once. */
export const openIdSignIns = sqliteTable(
  'open_id_sign_ins',
  {
    /** SHA-256 of the `state`, in hexadecimal. */
    hash: text().primaryKey(),
    /** SHA-256 of the cookie that names the browser that was sent there. */
    browserHash: text('browser_hash').notNull(),
    /** The path on our host to which the person is sent after signing in. */
    returnPath: text('return_path').notNull(),
    expiresAt: integer('expires_at').notNull(),
    /** SHA-256 of the session that the sign-in began. A retry gets this session and no other. */
    usedBy: text('used_by'),
  },
  (table) => [index('open_id_sign_ins_end').on(table.expiresAt)],
)

/** Mails about keys and browsers that were sent, so that a retry of a request sends none again. */
export const notices = sqliteTable(
  'notices',
  {
    /** The key or the session that the mail is about. */
    subject: text().primaryKey(),
    at: integer().notNull(),
  },
  (table) => [index('notices_at').on(table.at)],
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
    /** Whether the e-mail address may get an account, if it has none. */
    createsAccount: integer('creates_account', { mode: 'boolean' }).notNull().default(true),
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
