/** The part of the report about payment channels, as lines. */
import { type Decimals, formatAmount } from '../money.ts'
import { type ChannelAccount, isOverdrawn, locked, moved } from '../sums/channels.ts'
import { currencyName, formatTime } from './format.ts'
import { type TableRow, table, titled } from './table.ts'

/**
 * For each currency, the sums of its channels and a line for each. Nothing if there are no
 * channels.
 */
export function channelLines(channels: readonly ChannelAccount[], decimals: Decimals): string[] {
  const byCurrency = Map.groupBy(channels, ({ currency }) => currency)
  return [...byCurrency].flatMap(([currency, some]) => {
    const isNamed = byCurrency.size > 1 || !decimals.has(currency)
    const suffix = isNamed ? `, currency ${currencyName(currency, decimals)}` : ''
    return linesOf(some, suffix, (amount) => formatAmount(amount, currency, decimals))
  })
}

/** The lines about channels of one currency. `suffix` ends each title. */
function linesOf(
  channels: readonly ChannelAccount[],
  suffix: string,
  format: (amount: bigint) => string,
): string[] {
  const all = (kind: string) =>
    format(channels.reduce((sum, channel) => sum + moved(channel, kind), 0n))
  const together = kindsOf(channels).map(([name, kind]): TableRow => [name, all(kind)])
  const stillLocked = format(channels.reduce((sum, channel) => sum + locked(channel), 0n))
  const rows = channels.toSorted(byUrgency).map((channel) => channelRow(channel, format))
  return [
    ...titled(`All channels${suffix}`, table([...together, ['still locked', stillLocked]])),
    ...titled(`Channels, and what is locked in each${suffix}`, table(rows)),
  ]
}

/** The sums that the report has for a channel, and the kind of event that each sum is of. */
const KINDS = [
  ['deposited', 'deposit'],
  ['accepted', 'voucher'],
  ['spent', 'spend'],
  ['settled', 'capture'],
  ['refunded', 'refund'],
] as const

/** Spent, but not captured before the payer withdrew: reported only where it has happened. */
const FORFEITED = ['forfeited', 'forfeit'] as const

function kindsOf(channels: readonly ChannelAccount[]): (readonly [name: string, kind: string])[] {
  const forfeited = channels.some((channel) => moved(channel, 'forfeit') > 0n)
  return forfeited ? [...KINDS, FORFEITED] : [...KINDS]
}

function channelRow(channel: ChannelAccount, format: (amount: bigint) => string): TableRow {
  const wrong = isOverdrawn(channel) ? ['✗ below zero'] : []
  const sums = kindsOf([channel]).map(([name, kind]) => `${name} ${format(moved(channel, kind))}`)
  const about = [...wrong, ...sums, channel.payer, formatTime(channel.at)]
  return [channel.channelId, format(locked(channel)), about.join(', ')]
}

/**
 * Overdrawn channels, which cannot be right, come first, so that the table's limit never hides
 * them; then come the channels with a deposit that is still locked.
 */
function byUrgency(a: ChannelAccount, b: ChannelAccount): number {
  const urgency = (one: ChannelAccount) => (isOverdrawn(one) ? 2 : locked(one) > 0n ? 1 : 0)
  return urgency(b) - urgency(a) || b.at - a.at
}
