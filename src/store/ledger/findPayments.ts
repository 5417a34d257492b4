/** Finds single payments by what names them. */
import { challengesQuery, findQuery } from './entryStatements.ts'
import type { Ask } from './reportStatements.ts'

/** The most entries that are read: a channel's opening names all of its calls' spending. */
const MOST_ENTRIES = 2_000

/** One entry, as it is listed. The amount is in the smallest unit. */
export interface FoundEntry {
  eventId: string
  kind: string
  account: string
  amount: bigint
  transaction: string | null
  requestId: string
  row: string
  /** Epoch milliseconds. */
  at: number
}

/** A payment, or the life of a payment channel, with its entries in the order of writing. */
export interface FoundPayment {
  challengeId: string
  payer: string
  mode: string
  currency: string
  channelId: string | null
  entries: FoundEntry[]
}

export interface Found {
  /** How many payments there are; `payments` may be only the last of them. */
  all: number
  payments: FoundPayment[]
  /** Whether entries were left out, because there are too many. */
  isCut: boolean
}

/**
 * Finds the payments that a text names: the id of a challenge, request or channel, a transaction, a
 * payer's address. The last `most` of them. Rejects if the ledger does not answer.
 */
export async function findPayments(ask: Ask, text: string, most: number): Promise<Found> {
  const found = (await ask(findQuery(text, most))) as { challengeId: string; names: number }[]
  const ids = found.map(({ challengeId }) => challengeId)
  if (ids.length === 0) return { all: 0, payments: [], isCut: false }
  const rows = (await ask(challengesQuery(ids, MOST_ENTRIES))) as EntryRow[]
  const byChallenge = Map.groupBy(rows, ({ challengeId }) => challengeId)
  const payments = ids.flatMap((challengeId) => {
    const entries = byChallenge.get(challengeId) ?? []
    const [first] = entries
    if (first === undefined) return []
    const { payer, mode, currency, channelId } = first
    return [{ challengeId, payer, mode, currency, channelId, entries: entries.map(entryOf) }]
  })
  return { all: Number(found[0]?.names ?? 0), payments, isCut: rows.length === MOST_ENTRIES }
}

/** A row of entries. */
type EntryRow = Omit<FoundEntry, 'amount'> &
  Omit<FoundPayment, 'entries'> & { id: number; amount: string }

const entryOf = (row: EntryRow): FoundEntry => ({
  eventId: row.eventId,
  kind: row.kind,
  account: row.account,
  amount: BigInt(row.amount),
  transaction: row.transaction,
  requestId: row.requestId,
  row: row.row,
  at: row.at,
})

/** The events of a payment: of each the entry that was added to an account. */
export function listedEvents({ entries }: FoundPayment): FoundEntry[] {
  return entries.filter(({ amount, kind, account }) =>
    amount === 0n ? kind === 'open' && account === 'payer' : amount > 0n,
  )
}

/** The balance of each account of a payment now, but for those that are zero. */
export function balancesOf({ entries }: FoundPayment): Map<string, bigint> {
  const balances = new Map<string, bigint>()
  for (const { account, amount } of entries)
    balances.set(account, (balances.get(account) ?? 0n) + amount)
  for (const [account, amount] of balances) if (amount === 0n) balances.delete(account)
  return balances
}
