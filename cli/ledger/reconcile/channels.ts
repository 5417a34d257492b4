/** Compares each payment channel of the ledger with the same channel on the chain. */
import { type Decimals, formatAmount } from '../money.ts'
import { type ChannelAccount, moved } from '../sums/channels.ts'
import type { Difference } from './difference.ts'
import type { ChainChannel, ChainChannels } from './escrow.ts'

export interface ReconciledChannels {
  /** The number of channels that the ledger or the chain has. */
  channels: number
  differences: Difference[]
  /**
   * The ids of channels that differ but have just changed, so the ledger may not know of it yet.
   */
  underWay: string[]
}

/**
 * Compares the deposit, the captured amount and the refund of every channel. A channel that only
 * one side has is a difference too.
 */
export function reconcileChannels(
  ledger: readonly ChannelAccount[],
  chain: ChainChannels,
  decimals: Decimals,
): ReconciledChannels {
  const { byId, unsettled } = chain
  const known = new Set(ledger.map(({ channelId }) => channelId))
  const unknown = [...byId.values()].filter(({ channelId }) => !known.has(channelId))
  const found = [
    ...ledger.map((one) => ({
      channelId: one.channelId,
      some: differencesOf(one, byId.get(one.channelId), decimals),
    })),
    ...unknown.map((one) => ({ channelId: one.channelId, some: [notInLedger(one, decimals)] })),
  ]
  const hasJustChanged = (channelId: string) => (byId.get(channelId)?.block ?? -1n) >= unsettled
  const differing = found.filter(({ some }) => some.length > 0)
  const settled = differing.filter(({ channelId }) => !hasJustChanged(channelId))
  return {
    channels: known.size + unknown.length,
    differences: settled.flatMap(({ some }) => some),
    underWay: differing.map(({ channelId }) => channelId).filter(hasJustChanged),
  }
}

function notInLedger(channel: ChainChannel, decimals: Decimals): Difference {
  const { channelId, deposit, currency, transactions } = channel
  return {
    what: `channel ${channelId} is on the chain, not in the ledger`,
    challengeIds: [],
    transaction: transactions.deposit,
    expected: 'its deposit',
    found: formatAmount(deposit, currency, decimals),
  }
}

function differencesOf(
  channel: ChannelAccount,
  onChain: ChainChannel | undefined,
  decimals: Decimals,
): Difference[] {
  const { channelId, challengeId } = channel
  const format = (amount: bigint) => formatAmount(amount, channel.currency, decimals)
  const deposit = moved(channel, 'deposit')
  // An opening that was announced and never mined has moved nothing.
  if (onChain === undefined && channel.moved.size === 0) return []
  const differs = (what: string, expected: string, found: string, transaction: string | null) => ({
    what: `channel ${channelId}: ${what}`,
    challengeIds: [challengeId],
    transaction,
    expected,
    found,
  })
  if (onChain === undefined)
    return [differs('no such channel', `a deposit of ${format(deposit)}`, 'none', null)]
  const { transactions, currency } = onChain
  if (currency !== channel.currency)
    return [differs('wrong currency', channel.currency, currency, transactions.deposit)]
  const compared = [
    ['deposit', deposit, onChain.deposit, transactions.deposit],
    ['captured amount', moved(channel, 'capture'), onChain.settled, transactions.settled],
    ['refund', moved(channel, 'refund'), onChain.refunded ?? 0n, transactions.refunded],
  ] as const
  return compared
    .filter(([, ledger, chain]) => ledger !== chain)
    .map(([what, ledger, chain, transaction]) =>
      differs(`wrong ${what}`, format(ledger), format(chain), transaction),
    )
}
