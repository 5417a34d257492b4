/** Adds the ledger up, one entry after another. */

import type { Entry } from '../read/entry.ts'
import { type ChannelAccount, isOverdrawn } from './channels.ts'

/** What one currency's entries add up to. Money is in the smallest unit. */
export interface Totals {
  sum: bigint
  byAccount: Map<string, bigint>
  revenueByRow: Map<string, bigint>
  revenueByPayer: Map<string, bigint>
  revenueByMode: Map<string, bigint>
  /** What was spent in payment channels; what of it was captured is revenue of no one row. */
  spentByRow: Map<string, bigint>
  /** What is held and owed for each challenge for which that is not nothing. */
  held: Map<string, OpenBalance>
  owed: Map<string, OpenBalance>
}

/** A challenge's balance on one account that must come to zero in the end. */
export interface OpenBalance {
  amount: bigint
  row: string
  payer: string
  /** When it was last changed, in epoch milliseconds. */
  at: number
}

/** An event whose entries do not sum to zero. */
export interface Unbalanced {
  sum: bigint
  eventId: string
  kind: string
  currency: string
  challengeId: string
  transaction: string | null
}

export interface Balance {
  entries: number
  /** How many events there are of each kind. */
  events: Map<string, number>
  totals: Map<string, Totals>
  unbalanced: Unbalanced[]
}

/** Takes entries in, and gives their balance when asked. */
export function createBalance() {
  const totals = new Map<string, Totals>()
  const events = new Map<string, number>()
  const seen = new Set<string>()
  /** By event and currency: an event may not turn one currency into another. */
  const sums = new Map<string, Unbalanced>()
  let entries = 0

  return {
    add(entry: Entry): void {
      entries += 1
      const { eventId, kind, account, amount, challengeId, transaction, row, payer, at } = entry
      const currency = entry.currency.toLowerCase()
      if (!seen.has(eventId)) add(events, kind, 1)
      seen.add(eventId)
      const key = `${currency} ${eventId}`
      const before = sums.get(key) ?? { sum: 0n, eventId, kind, currency, challengeId, transaction }
      const sum = before.sum + amount
      if (sum === 0n) sums.delete(key)
      else sums.set(key, { ...before, sum })

      const of = totals.get(currency) ?? emptyTotals()
      totals.set(currency, of)
      of.sum += amount
      addMoney(of.byAccount, account, amount)
      if (account === 'revenue') {
        addMoney(of.revenueByRow, entry.channelId === null ? row : IN_CHANNELS, amount)
        addMoney(of.revenueByPayer, payer.toLowerCase(), amount)
        addMoney(of.revenueByMode, entry.mode, amount)
      }
      if (kind === 'spend' && account === 'earned') addMoney(of.spentByRow, row, amount)
      if (account === 'held' || account === 'owed') {
        const open = of[account]
        const left = (open.get(challengeId)?.amount ?? 0n) + amount
        if (left === 0n) open.delete(challengeId)
        else open.set(challengeId, { amount: left, row, payer, at })
      }
    },

    result: (): Balance => ({ entries, events, totals, unbalanced: [...sums.values()] }),
  }
}

/** Whether all sums are zero, and no challenge and no channel has less than nothing of anything. */
export function addsUp(
  { totals, unbalanced }: Balance,
  channels: readonly ChannelAccount[],
): boolean {
  const opens = [...totals.values()].flatMap(({ held, owed }) => [
    ...held.values(),
    ...owed.values(),
  ])
  return (
    unbalanced.length === 0 &&
    [...totals.values()].every(({ sum }) => sum === 0n) &&
    opens.every(({ amount }) => amount > 0n) &&
    !channels.some(isOverdrawn)
  )
}

function emptyTotals(): Totals {
  return {
    sum: 0n,
    byAccount: new Map(ACCOUNTS.map((account) => [account, 0n])),
    revenueByRow: new Map(),
    revenueByPayer: new Map(),
    revenueByMode: new Map(),
    spentByRow: new Map(),
    held: new Map(),
    owed: new Map(),
  }
}

/** Stands for a row where money has come in for the calls of many. */
const IN_CHANNELS = 'by channels'

/** Shown even when they are empty, in this order. */
const ACCOUNTS = ['payer', 'held', 'revenue', 'owed']

function add(counts: Map<string, number>, key: string, count: number): void {
  counts.set(key, (counts.get(key) ?? 0) + count)
}

function addMoney(sums: Map<string, bigint>, key: string, amount: bigint): void {
  sums.set(key, (sums.get(key) ?? 0n) + amount)
}
