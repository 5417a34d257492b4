/** Writes the ledger: each event becomes two entries that sum to zero. */
import type { D1Database } from '@cloudflare/workers-types'
import { drizzle } from 'drizzle-orm/d1'
import { deadline } from '../src/lib/deadline.ts'
import { repaymentQuery } from '../src/store/ledger/refundStatements.ts'
import { ledgerEntries } from '../src/store/ledger/schema.ts'
import { addUp } from '../src/store/ledger/sumStatements.ts'

type LedgerRow = typeof ledgerEntries.$inferInsert

/**
 * How many entries one write adds to the sums: more than it writes, so that a ledger from before
 * the sums catches up.
 */
const ADDED_UP = 1_000

/** One thing that happened to a payment. */
export interface LedgerEvent {
  eventId: string
  kind: LedgerRow['kind']
  /** In the currency's smallest unit. */
  amount: string
  currency: string
  challengeId: string
  /** The id of the route that was paid for; empty for an event of no single route. */
  row: string
  payer: string
  mode: LedgerRow['mode']
  /** Set for the events of a payment channel. */
  channelId?: string
  /** The transaction's hash, or null where the event has none. */
  transaction: string | null
  requestId: string
  /** Epoch milliseconds. */
  at: number
}

/** The account from which each kind of event takes its amount, and the one that gets it. */
const MOVES: Record<
  LedgerRow['kind'],
  readonly [from: LedgerRow['account'], to: LedgerRow['account']]
> = {
  claim: ['payer', 'held'],
  release: ['held', 'payer'],
  settlement: ['held', 'revenue'],
  undelivered: ['revenue', 'owed'],
  retry: ['owed', 'revenue'],
  // The answer cannot be had any more, so the money is to go back; and it has gone back.
  expiry: ['owed', 'due'],
  repayment: ['due', 'payer'],
  // Has the amount 0: the transaction that opens a channel is about to be sent, nothing has moved.
  open: ['payer', 'deposited'],
  deposit: ['payer', 'deposited'],
  voucher: ['deposited', 'authorized'],
  spend: ['authorized', 'earned'],
  capture: ['earned', 'revenue'],
  // At the end of a channel: authorized and not spent, spent and not captured, what is left.
  lapse: ['authorized', 'deposited'],
  forfeit: ['earned', 'deposited'],
  refund: ['deposited', 'payer'],
  // A transaction that we paid for.
  fee: ['fees', 'network'],
}

/** An event's two entries. */
export function entriesOf(event: LedgerEvent): [LedgerRow, LedgerRow] {
  const { amount, ...rest } = event
  const [from, to] = MOVES[event.kind]
  return [
    { ...rest, account: from, amount: -Number(amount) },
    { ...rest, account: to, amount: Number(amount) },
  ]
}

/**
 * Writes events and adds them to the sums, all of it in one transaction of D1. An event that is
 * there already is left as it is, and adds nothing. Rejects if D1 does not take them.
 */
export async function writeLedger(
  database: D1Database,
  events: readonly LedgerEvent[],
): Promise<void> {
  if (events.length === 0) return
  const db = drizzle(database)
  const inserts = events.map((event) => {
    const insert = db.insert(ledgerEntries).values(entriesOf(event)).onConflictDoNothing().toSQL()
    return database.prepare(insert.sql).bind(...insert.params)
  })
  const sums = addUp(ADDED_UP).map((statement) => database.prepare(statement))
  await database.batch([...inserts, ...sums])
}

/** How long the ledger may take to say whether a debt was refunded, in milliseconds. */
const REFUND_TIMEOUT_MS = 3_000

/**
 * Whether a refund of a challenge's debt is booked. Only an operator books one, so the ledger is
 * right about it. Rejects if D1 does not answer.
 */
export async function isRefunded(database: D1Database, challengeId: string): Promise<boolean> {
  const { sql, params } = repaymentQuery(challengeId)
  const found = await deadline(REFUND_TIMEOUT_MS, () =>
    database
      .prepare(sql)
      .bind(...params)
      .all(),
  )
  return found.results.length > 0
}
