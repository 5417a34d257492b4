/** Adds up all entries of the ledger: by currency, account, route, payer and mode. */

import { addMoney } from '../money.ts'
import type { Entry } from '../read/entry.ts'
import { type ChannelAccount, isOverdrawn } from './channels.ts'

/** The sums of one currency's entries, in the smallest unit. */
export interface Totals {
  sum: bigint
  byAccount: Map<string, bigint>
  revenueByRoute: Map<string, bigint>
  revenueByPayer: Map<string, bigint>
  revenueByMode: Map<string, bigint>
  /** Spent in channels. A capture pays for calls of many routes, so its revenue has no route. */
  spentByRoute: Map<string, bigint>
  /** The balances of the accounts `held` and `owed` that are not zero, by challenge. */
  held: Map<string, OpenBalance>
  owed: Map<string, OpenBalance>
}

/** The balance of one challenge on an account that must come to zero in the end. */
export interface OpenBalance {
  /** In the smallest unit. */
  amount: bigint
  route: string
  payer: string
  /** The time of the last entry, in epoch milliseconds. */
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
  /** The number of events of each kind. */
  events: Map<string, number>
  totals: Map<string, Totals>
  unbalanced: Unbalanced[]
}

/** Collects entries: `add` takes one, `result` returns the balance of all entries so far. */
export function createBalance() {
  const totals = new Map<string, Totals>()
  const events = new Map<string, number>()
  const seen = new Set<string>()
  /** By event and currency, because no event may turn one currency into another. */
  const eventSums = new Map<string, Unbalanced>()
  let entries = 0

  return {
    add(entry: Entry): void {
      entries += 1
      const { eventId, kind, account, amount, challengeId, transaction, payer, at } = entry
      const { row: route } = entry
      const currency = entry.currency.toLowerCase()
      if (!seen.has(eventId)) add(events, kind, 1)
      seen.add(eventId)
      const key = `${currency} ${eventId}`
      const empty = { sum: 0n, eventId, kind, currency, challengeId, transaction }
      const before = eventSums.get(key) ?? empty
      const sum = before.sum + amount
      if (sum === 0n) eventSums.delete(key)
      else eventSums.set(key, { ...before, sum })

      const sums = totals.get(currency) ?? emptyTotals()
      totals.set(currency, sums)
      sums.sum += amount
      addMoney(sums.byAccount, account, amount)
      if (account === 'revenue') {
        addMoney(sums.revenueByRoute, entry.channelId === null ? route : BY_CHANNELS, amount)
        addMoney(sums.revenueByPayer, payer.toLowerCase(), amount)
        addMoney(sums.revenueByMode, entry.mode, amount)
      }
      if (kind === 'spend' && account === 'earned') addMoney(sums.spentByRoute, route, amount)
      if (account === 'held' || account === 'owed') {
        const open = sums[account]
        const left = (open.get(challengeId)?.amount ?? 0n) + amount
        if (left === 0n) open.delete(challengeId)
        else open.set(challengeId, { amount: left, route, payer, at })
      }
    },

    result: (): Balance => ({ entries, events, totals, unbalanced: [...eventSums.values()] }),
  }
}

/** Whether all sums are zero, and no challenge and no channel has a balance below zero. */
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
    revenueByRoute: new Map(),
    revenueByPayer: new Map(),
    revenueByMode: new Map(),
    spentByRoute: new Map(),
    held: new Map(),
    owed: new Map(),
  }
}

/** The label of revenue that came in for calls of many routes. */
const BY_CHANNELS = 'by channels'

/** The accounts that the report shows even when they are empty, in this order. */
const ACCOUNTS = ['payer', 'held', 'revenue', 'owed']

function add(counts: Map<string, number>, key: string, count: number): void {
  counts.set(key, (counts.get(key) ?? 0) + count)
}
