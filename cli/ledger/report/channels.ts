/** The part of the report about payment channels, as lines. */
import { type ChannelAccount, isOverdrawn, locked, moved } from '../sums/channels.ts'
import { formatAmount, formatTime } from './format.ts'
import { type TableRow, table, titled } from './table.ts'

/** What the ledger says of each channel; nothing if there are none. */
export function channelLines(channels: readonly ChannelAccount[]): string[] {
  if (channels.length === 0) return []
  const all = (kind: string) =>
    formatAmount(channels.reduce((sum, channel) => sum + moved(channel, kind), 0n))
  const together = kindsOf(channels).map(([name, kind]): TableRow => [name, all(kind)])
  const still = channels.reduce((sum, channel) => sum + locked(channel), 0n)
  return [
    ...titled('All channels', table([...together, ['still locked', formatAmount(still)]])),
    // What can't be comes first, or it might not be shown; then what is still locked.
    ...titled('Channels, and what is locked in each', table(channels.toSorted(byUrgency).map(row))),
  ]
}

/** What is told of channels, and the kind of event that moves it. */
const KINDS = [
  ['deposited', 'deposit'],
  ['accepted', 'voucher'],
  ['spent', 'spend'],
  ['settled', 'capture'],
  ['refunded', 'refund'],
] as const

/** Spent, and not captured before the payer had it back: told only where that has happened. */
const FORFEITED = ['forfeited', 'forfeit'] as const

function kindsOf(channels: readonly ChannelAccount[]): (readonly [name: string, kind: string])[] {
  const forfeited = channels.some((channel) => moved(channel, 'forfeit') > 0n)
  return forfeited ? [...KINDS, FORFEITED] : [...KINDS]
}

function row(channel: ChannelAccount): TableRow {
  const wrong = isOverdrawn(channel) ? ['✗ below zero'] : []
  const sums = kindsOf([channel]).map(
    ([name, kind]) => `${name} ${formatAmount(moved(channel, kind))}`,
  )
  const about = [...wrong, ...sums, channel.payer, formatTime(channel.at)]
  return [channel.channelId, formatAmount(locked(channel)), about.join(', ')]
}

function byUrgency(a: ChannelAccount, b: ChannelAccount): number {
  const urgency = (one: ChannelAccount) => (isOverdrawn(one) ? 2 : locked(one) > 0n ? 1 : 0)
  return urgency(b) - urgency(a) || b.at - a.at
}
