/** Compares settlements of the ledger with their transactions on the chain. */
import type { ChainView } from './chain.ts'
import type { Difference, Format } from './difference.ts'
import type { Settlement } from './settlements.ts'

/** How many transactions are asked for at once. */
const RECEIPTS_AT_ONCE = 16

/**
 * The differences of settlements. `received` has what came in by each transaction, by currency;
 * the chain is asked only for transactions that are not in it, or differ.
 */
export async function differencesOfSettlements(
  settlements: readonly Settlement[],
  received: ReadonlyMap<string, ReadonlyMap<string, bigint>>,
  chain: ChainView,
  format: Format,
): Promise<Difference[]> {
  const differences = settledTwice(settlements)
  for (let from = 0; from < settlements.length; from += RECEIPTS_AT_ONCE) {
    const some = settlements.slice(from, from + RECEIPTS_AT_ONCE)
    const found = await Promise.all(
      some.map((settlement) => differenceOf(settlement, received, chain, format)),
    )
    differences.push(...found.filter((one) => one !== null))
  }
  return differences
}

/** How the chain differs from one settlement of the ledger, or null if it does not. */
async function differenceOf(
  settlement: Settlement,
  received: ReadonlyMap<string, ReadonlyMap<string, bigint>>,
  chain: ChainView,
  format: Format,
): Promise<Difference | null> {
  const { challengeId, transaction, amount, currency, at } = settlement
  const expected = `${format(amount, currency)} of ${currency}`
  const differs = (what: string, found: string): Difference => {
    return { what, challengeIds: [challengeId], transaction, expected, found }
  }
  if (transaction === null) {
    // A proof of having a wallet moves no money: its amount is 0, and it has no transaction.
    return amount === 0n ? null : differs('settled without a transaction', 'none')
  }
  if (!/^0x[0-9a-f]{64}$/.test(transaction)) {
    return differs('no such transaction', 'text that is no transaction hash')
  }
  // A transfer that is in the logs needs no receipt.
  if (amount > 0n && received.get(transaction)?.get(currency) === amount) return null
  const mined = await chain.mined(transaction)
  if (mined === null) {
    const beginning = await chain.beginning()
    const older = beginning !== null && at < beginning
    return differs(
      'no such transaction',
      older ? 'none: it was settled before the chain’s first block' : 'none',
    )
  }
  if (!mined.succeeded) return differs('the transaction failed', 'nothing moved')
  const moved = mined.transfers.filter((transfer) => transfer.currency === currency)
  const sum = moved.reduce((total, transfer) => total + transfer.amount, 0n)
  if (sum === amount && (moved.length > 0 || amount === 0n)) return null
  const others = mined.transfers.filter((transfer) => transfer.currency !== currency)
  return differs(
    'wrong amount',
    [
      `${format(sum, currency)} of it`,
      ...others.map((other) => `${format(other.amount, other.currency)} of ${other.currency}`),
    ].join(' and '),
  )
}

/** A difference for each transaction that settles more than one payment. */
function settledTwice(settlements: readonly Settlement[]): Difference[] {
  const byTransaction = Map.groupBy(settlements, ({ transaction }) => transaction)
  return [...byTransaction]
    .filter(([transaction, group]) => transaction !== null && group.length > 1)
    .map(([transaction, group]) => ({
      what: 'one transaction, settled more than once',
      challengeIds: group.map(({ challengeId }) => challengeId),
      transaction,
      expected: '1 settlement',
      found: `${group.length}`,
    }))
}
