/** Compares the ledger with the chain. Each difference is a sentence for a person to follow up. */
import { type Decimals, formatAmount } from '../money.ts'
import type { ChannelAccount } from '../sums/channels.ts'
import type { Settlement, Settlements } from '../sums/settlements.ts'
import type { ChainView } from './chain.ts'
import { reconcileChannels } from './channels.ts'
import type { Difference } from './difference.ts'
import type { ChainChannels } from './escrow.ts'

/** How many transactions are asked for at once. */
const RECEIPTS_AT_ONCE = 16

export interface Reconciled {
  /** The number of settlements in the ledger. */
  settlements: number
  /** The number of transfers on the chain, without the escrow contract's. */
  transfers: number
  /** The number of payment channels that the ledger or the chain has. */
  channels: number
  /**
   * The ids of channels that differ but have just changed, so the ledger may not know of it yet.
   */
  underWay: string[]
  /** The blocks that were searched, or null if there was nothing to search for. */
  blocks: { first: bigint; last: bigint } | null
  differences: Difference[]
}

/**
 * Looks up every settlement and channel of the ledger on the chain, and every transfer and channel
 * that the chain has had since the ledger's first entry in the ledger.
 */
export async function reconcile(
  ledger: Settlements,
  ledgerChannels: readonly ChannelAccount[],
  chain: ChainView,
  decimals: Decimals,
): Promise<Reconciled> {
  const differences = settledTwice(ledger.all)
  for (let from = 0; from < ledger.all.length; from += RECEIPTS_AT_ONCE) {
    const some = ledger.all.slice(from, from + RECEIPTS_AT_ONCE)
    const found = await Promise.all(
      some.map((settlement) => differenceOf(settlement, chain, decimals)),
    )
    differences.push(...found.filter((one) => one !== null))
  }
  const currencies = [...ledger.currencies].filter(isAddress)
  const { firstAt } = ledger
  const first = firstAt === null ? null : await chain.blockSince(firstAt)
  let transfers = 0
  if (first !== null) {
    const settled = new Set(ledger.all.map(({ transaction }) => transaction))
    for await (const transfer of chain.transfersSince(first, currencies)) {
      const { transaction, amount, currency, from, block } = transfer
      // Money from channels is compared channel by channel.
      if (from === chain.escrow) continue
      transfers += 1
      if (settled.has(transaction)) continue
      const naming = ledger.named.get(transaction) ?? []
      const written = formatAmount(amount, currency, decimals)
      differences.push({
        what: 'on the chain, not in the ledger',
        challengeIds: naming.map(({ challengeId }) => challengeId),
        transaction,
        expected: `a settlement${naming.map(({ kind }) => `, not a ${kind}`).join('')}`,
        found: `${written} of ${currency} from ${from} in block ${block}`,
      })
    }
  }
  // An empty ledger has no first entry from which on the chain could be searched.
  const onChain = first === null ? NO_CHANNELS : await chain.channelsSince(first)
  const { channels, underWay, ...compared } = reconcileChannels(ledgerChannels, onChain, decimals)
  differences.push(...compared.differences)
  const blocks = first === null || first > chain.head ? null : { first, last: chain.head }
  return { settlements: ledger.all.length, transfers, channels, underWay, blocks, differences }
}

const NO_CHANNELS: ChainChannels = { byId: new Map(), unsettled: 0n }

const isAddress = (text: string) => /^0x[0-9a-f]{40}$/.test(text)

/** How the chain differs from one settlement of the ledger, or null if it does not. */
async function differenceOf(
  settlement: Settlement,
  chain: ChainView,
  decimals: Decimals,
): Promise<Difference | null> {
  const { challengeId, transaction, amount, currency, at } = settlement
  const expected = `${formatAmount(amount, currency, decimals)} of ${currency}`
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
      `${formatAmount(sum, currency, decimals)} of it`,
      ...others.map(
        (other) => `${formatAmount(other.amount, other.currency, decimals)} of ${other.currency}`,
      ),
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
