/** Compares each payment channel of the ledger with the same channel on the chain. */
import type { ChannelAccount } from '../../src/store/ledger/channels.ts'
import type { Difference, Format } from './difference.ts'
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
 * Compares the deposit, the captured amount and the refund of channels, as far as the events that
 * were read tell them. A channel that only one side has is a difference too.
 */
export function reconcileChannels(
  ledger: readonly ChannelAccount[],
  chain: ChainChannels,
  format: Format,
): ReconciledChannels {
  const { byId, unsettled } = chain
  const known = new Set(ledger.map(({ channelId }) => channelId))
  const unknown = [...byId.values()].filter(({ channelId }) => !known.has(channelId))
  const found = [
    ...ledger.map((one) => ({
      channelId: one.channelId,
      some: differencesOf(one, byId.get(one.channelId), chain.isWhole, format),
    })),
    ...unknown.map((one) => ({ channelId: one.channelId, some: [notInLedger(one, format)] })),
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

function notInLedger(channel: ChainChannel, format: Format): Difference {
  const { channelId, deposit, currency, transactions } = channel
  return {
    what: `channel ${channelId} is on the chain, not in the ledger`,
    challengeIds: [],
    transaction: transactions.deposit,
    expected: 'its deposit',
    found: format(deposit ?? 0n, currency ?? ''),
  }
}

function differencesOf(
  channel: ChannelAccount,
  onChain: ChainChannel | undefined,
  isWhole: boolean,
  format: Format,
): Difference[] {
  const { channelId, challengeId, moved } = channel
  const written = (amount: bigint) => format(amount, channel.currency)
  // An opening that was announced and never mined has moved nothing.
  if (onChain === undefined && Object.values(moved).every((amount) => amount === 0n)) return []
  const differs = (what: string, expected: string, found: string, transaction: string | null) => ({
    what: `channel ${channelId}: ${what}`,
    challengeIds: [challengeId],
    transaction,
    expected,
    found,
  })
  if (onChain === undefined)
    return [differs('no such channel', `a deposit of ${written(moved.deposit)}`, 'none', null)]
  const { transactions, currency } = onChain
  const unread = isWhole ? 0n : null
  if (currency !== null && currency !== channel.currency)
    return [differs('wrong currency', channel.currency, currency, transactions.deposit)]
  const compared = [
    ['deposit', moved.deposit, onChain.deposit ?? unread, transactions.deposit],
    ['captured amount', moved.capture, onChain.settled ?? unread, transactions.settled],
    ['refund', moved.refund, onChain.refunded ?? unread, transactions.refunded],
  ] as const
  return compared.flatMap(([what, ledger, chain, transaction]) =>
    chain === null || ledger === chain
      ? []
      : [differs(`wrong ${what}`, written(ledger), written(chain), transaction)],
  )
}
