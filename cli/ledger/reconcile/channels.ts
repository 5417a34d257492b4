/** Compares what the ledger says of each payment channel with what the chain says of it. */

import { formatAmount } from '../report/format.ts'
import { type ChannelAccount, moved } from '../sums/channels.ts'
import type { Difference } from './difference.ts'
import type { ChainChannel, ChainChannels } from './escrow.ts'

export interface ReconciledChannels {
  /** How many there are, on either side. */
  channels: number
  differences: Difference[]
  /** Those that differ and have just changed: the ledger has yet to hear of it. */
  underWay: string[]
}

/** Every deposit, what was taken of it, and what went back; what is only on one side is a difference too. */
export function reconcileChannels(
  ledger: readonly ChannelAccount[],
  chain: ChainChannels,
): ReconciledChannels {
  const { byId, unsettled } = chain
  const known = new Set(ledger.map(({ channelId }) => channelId))
  const unknown = [...byId.values()].filter(({ channelId }) => !known.has(channelId))
  const found = [
    ...ledger.map((one) => ({
      channelId: one.channelId,
      some: differencesOf(one, byId.get(one.channelId)),
    })),
    ...unknown.map((one) => ({ channelId: one.channelId, some: [notInLedger(one)] })),
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

function notInLedger({ channelId, deposit, transactions }: ChainChannel): Difference {
  return {
    what: `channel ${channelId} is on the chain, not in the ledger`,
    challengeIds: [],
    transaction: transactions.deposit,
    expected: 'its deposit',
    found: formatAmount(deposit),
  }
}

function differencesOf(channel: ChannelAccount, onChain: ChainChannel | undefined): Difference[] {
  const { channelId, challengeId } = channel
  const deposit = moved(channel, 'deposit')
  // What was asked for and never sent is of no account.
  if (onChain === undefined && channel.moved.size === 0) return []
  const differs = (what: string, expected: string, found: string, transaction: string | null) => ({
    what: `channel ${channelId}: ${what}`,
    challengeIds: [challengeId],
    transaction,
    expected,
    found,
  })
  if (onChain === undefined)
    return [differs('no such channel', `a deposit of ${formatAmount(deposit)}`, 'none', null)]
  const { transactions, currency } = onChain
  if (currency !== channel.currency)
    return [differs('wrong currency', channel.currency, currency, transactions.deposit)]
  const compared = [
    ['deposit', deposit, onChain.deposit, transactions.deposit],
    ['captured', moved(channel, 'capture'), onChain.settled, transactions.settled],
    ['refunded', moved(channel, 'refund'), onChain.refunded ?? 0n, transactions.refunded],
  ] as const
  return compared
    .filter(([, ledger, chain]) => ledger !== chain)
    .map(([what, ledger, chain, transaction]) =>
      differs(`wrong ${what}`, formatAmount(ledger), formatAmount(chain), transaction),
    )
}
