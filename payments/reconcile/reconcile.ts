/** Compares the ledger with the chain. Each difference is a sentence for a person to follow up. */

import { type ChannelAccount, readChannels } from '../../src/store/ledger/channels.ts'
import type { ChainName } from '../../src/store/ledger/entryStatements.ts'
import type { Ask, Span } from '../../src/store/ledger/reportStatements.ts'
import type { ChainView } from './chain.ts'
import { reconcileChannels } from './channels.ts'
import type { Difference, Format } from './difference.ts'
import type { ChainChannels } from './escrow.ts'
import { differencesOfSettlements } from './settlementDifferences.ts'
import { readSettlements, type SettledOnChain } from './settlements.ts'

export interface Reconciled {
  /** The number of settlements in the ledger. */
  settlements: number
  /** The number of transfers on the chain, without the escrow contract's. */
  transfers: number
  /** The number of payment channels that were compared. */
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
 * Compares a span of the ledger (null: all of it) with the chain. Rejects if either does not
 * answer.
 */
export async function reconcileSpan(
  ask: Ask,
  name: ChainName,
  chain: ChainView,
  span: Span | null,
  format: Format,
): Promise<Reconciled> {
  const ledger = await readSettlements(ask, name, span)
  const channelsOf = async (ids: readonly string[] | null) =>
    name === 'tempo' ? readChannels(ask, ids) : []
  const blocks = await blocksOf(chain, span, ledger.firstAt)
  return reconcile({ ledger, channelsOf, blocks, isWhole: span === null }, chain, format)
}

/** The blocks of a span; null if the ledger has no entry from which on to search. */
async function blocksOf(
  chain: ChainView,
  span: Span | null,
  firstAt: number | null,
): Promise<Compared['blocks']> {
  if (firstAt === null) return null
  const since = Math.max(span?.since ?? 0, firstAt)
  const first = await chain.blockSince(since)
  const isPast = span !== null && span.until <= Date.now()
  const last = isPast ? (await chain.blockSince(span.until)) - 1n : chain.head
  return { first, last }
}

/** Blocks of the chain, and what the ledger has of their time. */
interface Compared {
  ledger: SettledOnChain
  /** Reads channels by their ids, or all (null). */
  channelsOf(ids: readonly string[] | null): Promise<ChannelAccount[]>
  /** Null: the ledger has no entry from which on the chain could be searched. */
  blocks: { first: bigint; last: bigint } | null
  /** Whether the blocks have the whole life of all channels. */
  isWhole: boolean
}

/**
 * Looks up every settlement and channel of the ledger on the chain, and every transfer and channel
 * of the chain in the ledger. Rejects if either does not answer.
 */
async function reconcile(
  { ledger, channelsOf, blocks, isWhole }: Compared,
  chain: ChainView,
  format: Format,
): Promise<Reconciled> {
  /** The amounts that came in by each transaction, by currency. */
  const received = new Map<string, Map<string, bigint>>()
  const strangers: Difference[] = []
  let transfers = 0
  if (blocks !== null) {
    const known = new Set(ledger.settlements.map(({ transaction }) => transaction))
    for await (const some of batches(
      chain.transfers(blocks.first, blocks.last, ledger.currencies),
    )) {
      // Money from channels is compared channel by channel.
      const ours = some.filter(({ from }) => from !== chain.escrow)
      transfers += ours.length
      const unknown = ours.filter(({ transaction }) => !known.has(transaction))
      const naming = await ledger.naming(unknown.map(({ transaction }) => transaction))
      for (const { transaction, amount, currency } of ours) {
        const sums = received.get(transaction) ?? new Map<string, bigint>()
        received.set(transaction, sums.set(currency, (sums.get(currency) ?? 0n) + amount))
      }
      for (const { transaction, amount, currency, from, block } of unknown) {
        const named = naming.get(transaction) ?? []
        // Settled before or after the time that is compared.
        if (named.some(({ kind }) => kind === 'settlement')) continue
        strangers.push({
          what: 'on the chain, not in the ledger',
          challengeIds: named.map(({ challengeId }) => challengeId),
          transaction,
          expected: `a settlement${named.map(({ kind }) => `, not a ${kind}`).join('')}`,
          found: `${format(amount, currency)} of ${currency} from ${from} in block ${block}`,
        })
      }
    }
  }
  const onChain = blocks === null ? NO_CHANNELS : await chain.channelsSince(blocks.first, isWhole)
  const channels = await channelsOf(isWhole ? null : [...onChain.byId.keys()])
  const compared = reconcileChannels(channels, onChain, format)
  const settled = await differencesOfSettlements(ledger.settlements, received, chain, format)
  return {
    settlements: ledger.settlements.length,
    transfers,
    channels: compared.channels,
    underWay: compared.underWay,
    blocks: blocks === null || blocks.first > blocks.last ? null : blocks,
    differences: [...settled, ...strangers, ...compared.differences],
  }
}

const NO_CHANNELS: ChainChannels = { byId: new Map(), isWhole: true, unsettled: 0n }

/** How many transactions are looked up at once. */
const BATCH = 90

async function* batches<T>(all: AsyncIterable<T>): AsyncGenerator<T[]> {
  let some: T[] = []
  for await (const one of all) {
    some.push(one)
    if (some.length < BATCH) continue
    yield some
    some = []
  }
  if (some.length > 0) yield some
}
