/** The text of the report, as lines. */
import type { Difference } from '../../../payments/reconcile/difference.ts'
import type { Reconciled } from '../../../payments/reconcile/reconcile.ts'
import { type Decimals, formatAmount } from '../../../src/config/amounts.ts'
import type {
  CurrencyReport,
  LedgerReport,
  OpenBalance,
  Part,
} from '../../../src/store/ledger/report.ts'
import type { Span } from '../../../src/store/ledger/reportStatements.ts'
import { currencyName, formatTime, printable } from './format.ts'
import { moneyTable, type TableRow, table, titled } from './table.ts'

/** The ledger's sums by currency, the events that do not sum to zero, and the number of events. */
export function reportLines(
  { entries, events, currencies, unbalanced }: LedgerReport,
  span: Span | null,
  decimals: Decimals,
): string[] {
  const kinds = [...events]
    .toSorted(byCount)
    .map(([kind, count]): TableRow => [kind, String(count)])
  return [
    headline(entries, span),
    ...(currencies.length === 0 ? ['', sumLine('0', true)] : []),
    ...currencies.flatMap((one) => currencyLines(one, decimals)),
    ...(unbalanced.all === 0 ? [] : ['']),
    ...unbalanced.shown.map(({ id, kind, challengeId, transaction, currency, amount }) =>
      differenceLine({
        what: `unbalanced event ${id} (${kind})`,
        challengeIds: [challengeId],
        transaction,
        expected: 'a sum of 0',
        found: `${formatAmount(amount, currency, decimals)} of ${currency}`,
      }),
    ),
    ...titled('Events', table(kinds)),
  ]
}

function headline(entries: number, span: Span | null): string {
  if (span === null)
    return entries === 0 ? 'The ledger is empty.' : `The ledger has ${countOf(entries, 'entry')}.`
  const until = span.until === Number.MAX_SAFE_INTEGER ? '' : ` before ${formatTime(span.until)}`
  const since = span.since === 0 ? '' : ` since ${formatTime(span.since)}`
  return `The ledger has ${countOf(entries, 'entry')}${since}${until}.`
}

/** The stages of a payment, then those of a channel: the order of kinds that are as frequent. */
const KINDS = ['claim', 'settlement', 'undelivered', 'retry', 'expiry', 'repayment', 'release']

function byCount([a, one]: [string, number], [b, other]: [string, number]): number {
  const place = (kind: string) => (KINDS.indexOf(kind) + KINDS.length + 1) % (KINDS.length + 1)
  return other - one || place(a) - place(b)
}

/** The accounts that the report shows even when they are empty, in this order. */
const ACCOUNTS = ['payer', 'held', 'revenue', 'owed']

function currencyLines(report: CurrencyReport, decimals: Decimals): string[] {
  const { currency, sum, byAccount, revenueByPayer } = report
  const format = (amount: bigint) => formatAmount(amount, currency, decimals)
  const sums = (title: string, some: ReadonlyMap<string, bigint>) =>
    titled(title, moneyTable(some, format))
  const accounts = new Map([...ACCOUNTS.map((name): [string, bigint] => [name, 0n]), ...byAccount])
  return [
    ...sums(`Currency ${currencyName(currency, decimals)}`, accounts),
    sumLine(format(sum), sum === 0n),
    ...sums('Revenue by route', report.revenueByRoute),
    ...titled('Revenue by payer', payerTable(revenueByPayer, byAccount.get('revenue'), format)),
    ...sums('Revenue by mode', report.revenueByMode),
    ...(report.spentByRoute.size === 0
      ? []
      : sums('Spent in channels by route', report.spentByRoute)),
    ...openLines('Payments under way', report.held, format),
    ...openLines('Answers owed', report.owed, format),
    ...(report.due.all === 0 ? [] : openLines('Refunds due', report.due, format)),
  ]
}

function payerTable(
  { all, shown }: CurrencyReport['revenueByPayer'],
  revenue = 0n,
  format: (amount: bigint) => string,
): string[] {
  const rest = shown.reduce((left, [, amount]) => left - amount, revenue)
  const rows = shown.map(([payer, amount]): TableRow => [payer, format(amount)])
  return table(rows, all, `, together ${format(rest)}`)
}

/** A number of things: "1 entry", "20 entries". */
export function countOf(count: number, one: 'entry' | 'channel' | 'settlement' | 'transfer') {
  const many = one === 'entry' ? 'entries' : `${one}s`
  return `${count} ${count === 1 ? one : many}`
}

function sumLine(sum: string, isZero: boolean): string {
  return isZero ? 'sum of all entries: 0 ✓' : `sum of all entries: ${sum} ✗ (it must be 0)`
}

/** How the ledger and a chain differ. `chain` is the chain's name in the sentences. */
export function reconciledLines(
  { settlements, transfers, channels, underWay, blocks, differences }: Reconciled,
  chain: string,
): string[] {
  const where = blocks === null ? 'no blocks' : `blocks ${blocks.first} to ${blocks.last}`
  const count = differences.length
  const compared = `${countOf(settlements, 'settlement')}; ${countOf(transfers, 'transfer')}`
  return [
    '',
    `Compared with ${chain}: ${compared} in ${where}`,
    ...(channels === 0 ? [] : [`and ${countOf(channels, 'channel')}`]),
    ...(underWay.length === 0
      ? []
      : titled(
          'Just changed, to be compared by the next run',
          underWay.map((id) => `  ${id}`),
        )),
    ...differences.map(differenceLine),
    count === 0
      ? `the ledger and ${chain} agree ✓`
      : `${count} ${count === 1 ? 'difference' : 'differences'} between the ledger and ${chain} ✗`,
  ]
}

function differenceLine(difference: Difference): string {
  const { what, challengeIds, transaction, expected, found } = difference
  const challenges = [...new Set(challengeIds)].join(' and ') || 'none'
  const subject = `challenge ${challenges}, transaction ${transaction ?? 'none'}`
  return printable(`✗ ${what}: ${subject}: expected ${expected}, found ${found}`)
}

/** A title and open balances, in the order in which they come. */
export function openLines(
  title: string,
  { all, shown }: Part<OpenBalance>,
  format: (amount: bigint) => string,
): string[] {
  const rows = shown.map(({ id, amount, route, payer, at }): TableRow => {
    const below = amount < 0n ? '✗ below zero, ' : ''
    return [id, format(amount), `${below}${route}, ${payer}, ${formatTime(at)}`]
  })
  return titled(title, table(rows, all))
}
