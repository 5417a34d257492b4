/** Collects what the ledger says about one chain, so that it can be compared with that chain. */
import type { Entry } from '../read/entry.ts'

/** A payment that the ledger has as revenue. */
export interface Settlement {
  challengeId: string
  /** The hash in lower case; null if the ledger names none. */
  transaction: string | null
  /** In the smallest unit. */
  amount: bigint
  /** In lower case. */
  currency: string
  /** In epoch milliseconds. */
  at: number
}

export interface Settlements {
  all: Settlement[]
  /** By transaction: the challenges whose events name it, each with the kind of the event. */
  named: Map<string, { challengeId: string; kind: string }[]>
  currencies: Set<string>
  /** The time of the earliest entry, in epoch milliseconds; null if there is none. */
  firstAt: number | null
}

/** The chain of an entry: "evm" for authorizations, Tempo for every other mode. */
export type ChainName = 'tempo' | 'evm'

const chainOf = (mode: string): ChainName => (mode === 'authorization' ? 'evm' : 'tempo')

/** Collects entries: `add` takes one, `result` returns what one chain is asked about. */
export function createSettlements(chain: ChainName) {
  const result: Settlements = { all: [], named: new Map(), currencies: new Set(), firstAt: null }
  return {
    add({ kind, account, amount, challengeId, at, ...entry }: Entry): void {
      if (chainOf(entry.mode) !== chain) return
      const currency = entry.currency.toLowerCase()
      const transaction = entry.transaction?.toLowerCase() ?? null
      result.currencies.add(currency)
      result.firstAt = Math.min(result.firstAt ?? at, at)
      if (kind === 'settlement' && account === 'revenue') {
        result.all.push({ challengeId, transaction, amount, currency, at })
      }
      // An event has two entries, so the entry with the negative amount is skipped.
      if (transaction === null || amount < 0n) return
      const named = result.named.get(transaction) ?? []
      result.named.set(transaction, [...named, { challengeId, kind }])
    },
    result: (): Settlements => result,
  }
}
