/** The part of the report about payment channels, as lines. */

import { type Decimals, formatAmount } from '../../../src/config/amounts.ts'
import {
  type ChannelAccount,
  type ChannelKind,
  isOverdrawn,
  locked,
} from '../../../src/store/ledger/channels.ts'
import type { CurrencyReport } from '../../../src/store/ledger/report.ts'
import { currencyName, formatTime } from './format.ts'
import { type TableRow, table, titled } from './table.ts'

/**
 * For each currency, the sums of its channels and a line for each. Nothing if there are no
 * channels. The sum that is still locked is left out if the sums are only of a span.
 */
export function channelLines(
  currencies: readonly CurrencyReport[],
  isAll: boolean,
  decimals: Decimals,
): string[] {
  const some = currencies.filter(({ channels }) => channels.all > 0)
  return some.flatMap((one) => {
    const { currency } = one
    const isNamed = some.length > 1 || !decimals.has(currency)
    const suffix = isNamed ? `, currency ${currencyName(currency, decimals)}` : ''
    return linesOf(one, isAll, suffix, (amount) => formatAmount(amount, currency, decimals))
  })
}

/** The lines about channels of one currency. `suffix` ends each title. */
function linesOf(
  { moved, channels }: CurrencyReport,
  isAll: boolean,
  suffix: string,
  format: (amount: bigint) => string,
): string[] {
  const all = (kind: ChannelKind) => moved.get(kind) ?? 0n
  const together = kindsOf(all('forfeit')).map(
    ([name, kind]): TableRow => [name, format(all(kind))],
  )
  const left = format(all('deposit') - all('capture') - all('refund'))
  if (isAll) together.push(['still locked', left])
  const rows = channels.shown.map((channel) => channelRow(channel, format))
  return [
    ...titled(`All channels${suffix}`, table(together)),
    ...titled(`Channels, and what is locked in each${suffix}`, table(rows, channels.all)),
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

function kindsOf(forfeited: bigint): (readonly [name: string, kind: ChannelKind])[] {
  return forfeited > 0n ? [...KINDS, FORFEITED] : [...KINDS]
}

function channelRow(channel: ChannelAccount, format: (amount: bigint) => string): TableRow {
  const { moved } = channel
  const wrong = isOverdrawn(channel) ? ['✗ below zero'] : []
  const sums = kindsOf(moved.forfeit).map(([name, kind]) => `${name} ${format(moved[kind])}`)
  const about = [...wrong, ...sums, channel.payer, formatTime(channel.at)]
  return [channel.channelId, format(locked(channel)), about.join(', ')]
}
