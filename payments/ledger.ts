/** The ledger: events in, entries that sum to zero out. */
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
  row: string
  payer: string
  mode: LedgerRow['mode']
  /** Of a payment channel's events. */
  channelId?: string
  transaction: string | null
  requestId: string
  /** Epoch milliseconds. */
  at: number
}

/** From which account each kind of event moves its amount, and to which. */
const MOVES: Record<
  LedgerRow['kind'],
  readonly [from: LedgerRow['account'], to: LedgerRow['account']]
> = {
  claim: ['payer', 'held'],
  release: ['held', 'payer'],
  settlement: ['held', 'revenue'],
  undelivered: ['revenue', 'owed'],
  retry: ['owed', 'revenue'],
  // A channel's transaction is about to be sent: nothing has moved.
  open: ['payer', 'deposited'],
  deposit: ['payer', 'deposited'],
  voucher: ['deposited', 'authorized'],
  spend: ['authorized', 'earned'],
  capture: ['earned', 'revenue'],
  // What a closed channel leaves: authorized and not spent, spent and not captured in time, not needed.
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

/** Writes events, each as a whole and once. Rejects when D1 does not take them all. */
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
