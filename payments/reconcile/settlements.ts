/** Reads what the ledger says about one chain, so that it can be compared with that chain. */
import {
  type ChainName,
  currenciesQuery,
  firstQuery,
  namingQuery,
  settlementsQuery,
} from '../../src/store/ledger/entryStatements.ts'
import type { Ask, Span } from '../../src/store/ledger/reportStatements.ts'

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

/** An event that names a transaction. */
export interface Naming {
  challengeId: string
  kind: string
}

export interface SettledOnChain {
  settlements: Settlement[]
  currencies: string[]
  /** The time of the earliest entry, in epoch milliseconds; null if there is none. */
  firstAt: number | null
  /** The events that name one of some transactions, by transaction. */
  naming(transactions: readonly string[]): Promise<Map<string, Naming[]>>
}

/** How many settlements one query asks for. */
const PAGE_SIZE = 5_000

/** Reads the settlements of a chain in a span (null: all). Rejects if the ledger doesn't answer. */
export async function readSettlements(
  ask: Ask,
  chain: ChainName,
  span: Span | null,
): Promise<SettledOnChain> {
  const seen = (await ask(currenciesQuery(chain, span))) as { currency: string }[]
  const [first] = (await ask(firstQuery(chain))) as { at: number }[]
  const settlements: Settlement[] = []
  for (let lastId = 0, more = true; more; ) {
    const rows = (await ask(settlementsQuery(chain, span, lastId, PAGE_SIZE))) as SettlementRow[]
    for (const { id, amount, ...rest } of rows) {
      settlements.push({ ...rest, amount: BigInt(amount) })
      lastId = id
    }
    more = rows.length === PAGE_SIZE
  }
  return {
    settlements,
    currencies: seen.map(({ currency }) => currency).filter(isAddress),
    firstAt: first?.at ?? null,
    async naming(transactions) {
      if (transactions.length === 0) return new Map()
      const rows = await ask(namingQuery([...new Set(transactions)]))
      return Map.groupBy(rows as (Naming & { transaction: string })[], (row) => row.transaction)
    },
  }
}

type SettlementRow = Omit<Settlement, 'amount'> & { id: number; amount: string }

const isAddress = (text: string) => /^0x[0-9a-f]{40}$/.test(text)
