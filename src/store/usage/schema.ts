/** The tables of usage, which the objects of accounts write. */
import { index, integer, primaryKey, sqliteTable, text } from 'drizzle-orm/sqlite-core'

/**
 * How often an account or payer has called a route, by time, credential and status. Rows get
 * coarser as they age (`buckets.ts`): of an hour, then of a day, then of a month.
 */
export const usage = sqliteTable(
  'usage',
  {
    /** The id of an account, or the address of a payer. */
    owner: text().notNull(),
    /** Hours since the epoch: the first hour of the row's time. */
    hour: integer().notNull(),
    /** "key 42", "grant grt_…", "session" or "payment". */
    credential: text().notNull(),
    /** The route's id. */
    route: text().notNull(),
    /** "2xx", …; 429 is a class of its own. */
    status: text({ enum: ['1xx', '2xx', '3xx', '4xx', '429', '5xx'] }).notNull(),
    requests: integer().notNull(),
  },
  (table) => [
    primaryKey({
      columns: [table.owner, table.hour, table.credential, table.route, table.status],
    }),
    index('usage_hour').on(table.hour),
  ],
)

/** The last flush of each owner's usage, so that one that comes again adds nothing. */
export const usageFlushes = sqliteTable(
  'usage_flushes',
  {
    owner: text().notNull(),
    /** The life of the owner's object: one that has lost its storage counts from 1 again. */
    life: text().notNull().default(''),
    /** Counted by the object. */
    flush: integer().notNull(),
  },
  (table) => [primaryKey({ columns: [table.owner, table.life] })],
)
