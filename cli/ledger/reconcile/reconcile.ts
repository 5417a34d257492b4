/** Compares the ledger with the chain. Each difference is a sentence for a person to follow up. */

import { formatAmount } from '../report/format.ts'
import type { ChannelAccount } from '../sums/channels.ts'
import type { Settlement, Settlements } from '../sums/settlements.ts'
import type { ChainView } from './chain.ts'
import { reconcileChannels } from './channels.ts'
import type { Difference } from './difference.ts'
import { type ChainChannels, ESCROW } from './escrow.ts'

/** How many transactions are asked for at once. */
const RECEIPTS_AT_ONCE = 16

export interface Reconciled {
  settlements: number
  transfers: number
  /** How many payment channels there are, on either side. */
  channels: number
  /** Those that differ and have just changed: the ledger has yet to hear of it. */
  underWay: string[]
  /** The blocks that were searched, or null if there was nothing to search for. */
  blocks: { first: bigint; last: bigint } | null
  differences: Difference[]
}

/**
 * Asks the chain about every settlement and channel, and the ledger about every transfer and channel since it began. Channels
 * are null for a chain that has none.
 */
export async function reconcile(
  ledger: Settlements,
  ledgerChannels: readonly ChannelAccount[] | null,
  chain: ChainView,
): Promise<Reconciled> {
  const differences = settledTwice(ledger.all)
  for (let from = 0; from < ledger.all.length; from += RECEIPTS_AT_ONCE) {
    const some = ledger.all.slice(from, from + RECEIPTS_AT_ONCE)
    const found = await Promise.all(some.map((settlement) => differenceOf(settlement, chain)))
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
      // What comes out of channels is compared channel by channel.
      if (from === ESCROW) continue
      transfers += 1
      if (settled.has(transaction)) continue
      const naming = ledger.named.get(transaction) ?? []
      differences.push({
        what: 'on the chain, not in the ledger',
        challengeIds: naming.map(({ challengeId }) => challengeId),
        transaction,
        expected: `a settlement${naming.map(({ kind }) => `, not a ${kind}`).join('')}`,
        found: `${formatAmount(amount)} of ${currency} from ${from} in block ${block}`,
      })
    }
  }
  // An empty ledger has no beginning from which on the chain could be searched.
  const onChain =
    first === null || ledgerChannels === null ? NO_CHANNELS : await chain.channelsSince(first)
  const { channels, underWay, ...compared } = reconcileChannels(ledgerChannels ?? [], onChain)
  differences.push(...compared.differences)
  const blocks = first === null || first > chain.head ? null : { first, last: chain.head }
  return { settlements: ledger.all.length, transfers, channels, underWay, blocks, differences }
}

const NO_CHANNELS: ChainChannels = { byId: new Map(), unsettled: 0n }

const isAddress = (text: string) => /^0x[0-9a-f]{40}$/.test(text)

/** What the chain has instead of one settlement, or null if it has just that. */
async function differenceOf(settlement: Settlement, chain: ChainView): Promise<Difference | null> {
  const { challengeId, transaction, amount, currency, at } = settlement
  const expected = `${formatAmount(amount)} of ${currency}`
  const differs = (what: string, found: string): Difference => {
    return { what, challengeIds: [challengeId], transaction, expected, found }
  }
  if (transaction === null) {
    // Nothing moves for a proof, and its amount is nothing.
    return amount === 0n ? null : differs('settled without a transaction', 'none named')
  }
  if (!/^0x[0-9a-f]{64}$/.test(transaction)) {
    return differs('no such transaction', 'what is named is not the hash of a transaction')
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
      `${formatAmount(sum)} of it`,
      ...others.map((other) => `${formatAmount(other.amount)} of ${other.currency}`),
    ].join(' and '),
  )
}

/** The transactions with which more than one payment was settled. */
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
