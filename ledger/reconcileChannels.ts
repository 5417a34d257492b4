/** Compares what the ledger says of each payment channel with what the chain says of it. */
import { type ChannelAccount, moved } from './channels.ts'
import type { ChainChannel } from './escrow.ts'
import { formatAmount } from './format.ts'
import type { Difference } from './reconcile.ts'

/** Every deposit, what was taken of it, and what went back; what is only on one side is a difference too. */
export function reconcileChannels(
  ledger: readonly ChannelAccount[],
  chain: ReadonlyMap<string, ChainChannel>,
): Difference[] {
  const known = new Set(ledger.map(({ channelId }) => channelId))
  const unknown = [...chain.values()].filter(({ channelId }) => !known.has(channelId))
  return [
    ...ledger.flatMap((channel) => differencesOf(channel, chain.get(channel.channelId))),
    ...unknown.map(({ channelId, deposit, transactions }) => ({
      what: `channel ${channelId} is on the chain, not in the ledger`,
      ...{ challengeIds: [], transaction: transactions.deposit, expected: 'its deposit' },
      found: formatAmount(deposit),
    })),
  ]
}

function differencesOf(channel: ChannelAccount, onChain: ChainChannel | undefined): Difference[] {
  const { channelId, challengeId } = channel
  const deposit = moved(channel, 'deposit')
  // What was asked for and never sent is of no account.
  if (onChain === undefined && channel.moved.size === 0) return []
  const differs = (what: string, expected: string, found: string, transaction: string | null) => ({
    what: `channel ${channelId}: ${what}`,
    ...{ challengeIds: [challengeId], transaction, expected, found },
  })
  if (onChain === undefined)
    return [differs('no such channel', `a deposit of ${formatAmount(deposit)}`, 'none', null)]
  const { transactions } = onChain
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
