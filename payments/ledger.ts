/** Writes the ledger: each event becomes two entries that sum to zero. */
import type { D1Database } from '@cloudflare/workers-types'
import { drizzle } from 'drizzle-orm/d1'
import { ledgerEntries } from '../src/store/schema.ts'

type LedgerRow = typeof ledgerEntries.$inferInsert

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
 * Writes events, all of them in one transaction of D1. An event that is there already is left as
 * it is. Rejects if D1 does not take them.
 */
export async function writeLedger(
  database: D1Database,
  events: readonly LedgerEvent[],
): Promise<void> {
  const db = drizzle(database)
  const [first, ...rest] = events.map((event) =>
    db.insert(ledgerEntries).values(entriesOf(event)).onConflictDoNothing(),
  )
  if (first !== undefined) await db.batch([first, ...rest])
}
