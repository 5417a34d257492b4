/** What the ledger says that the chain must say too. */
import type { Entry } from '../read/entry.ts'

/** A payment that the ledger has as earned. */
export interface Settlement {
  challengeId: string
  /** In lower case. */
  transaction: string | null
  amount: bigint
  currency: string
  at: number
}

export interface Settlements {
  all: Settlement[]
  /** The challenges that name each transaction, with the kind of event that does. */
  named: Map<string, { challengeId: string; kind: string }[]>
  currencies: Set<string>
  /** When the ledger begins, in epoch milliseconds; null if it is empty. */
  firstAt: number | null
}

/** Which chain an entry is about: "evm" is where authorizations are settled, all else is on Tempo. */
export type ChainName = 'tempo' | 'evm'

const chainOf = (mode: string): ChainName => (mode === 'authorization' ? 'evm' : 'tempo')

/** Takes entries in, and keeps what one chain is asked about. */
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
      // An event has two entries, and is to be named once.
      if (transaction === null || amount < 0n) return
      const named = result.named.get(transaction) ?? []
      result.named.set(transaction, [...named, { challengeId, kind }])
    },
    result: (): Settlements => result,
  }
}
