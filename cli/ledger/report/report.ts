/** The report, as lines. */

import type { Difference } from '../reconcile/difference.ts'
import type { Reconciled } from '../reconcile/reconcile.ts'
import type { Balance, OpenBalance, Totals } from '../sums/balance.ts'
import { formatAmount, formatTime, printable } from './format.ts'
import { moneyTable, type TableRow, table, titled } from './table.ts'

/** What the ledger says about itself. */
export function balanceLines({ entries, events, totals, unbalanced }: Balance): string[] {
  const kinds = [...events].map(([kind, count]): TableRow => [kind, String(count)])
  return [
    entries === 0 ? 'The ledger is empty.' : `The ledger has ${entries} entries.`,
    ...(entries === 0 ? ['', sumLine(0n)] : []),
    ...[...totals].flatMap(([currency, of]) => currencyLines(currency, of)),
    ...(unbalanced.length === 0 ? [] : ['']),
    ...unbalanced.map(({ eventId, kind, challengeId, transaction, currency, sum }) =>
      differenceLine({
        what: `unbalanced event ${eventId} (${kind})`,
        challengeIds: [challengeId],
        transaction,
        expected: 'a sum of 0',
        found: `${formatAmount(sum)} of ${currency}`,
      }),
    ),
    ...titled('Events', table(kinds)),
  ]
}

function currencyLines(currency: string, totals: Totals): string[] {
  return [
    ...titled(`Currency ${printable(currency)}`, moneyTable(totals.byAccount, false)),
    sumLine(totals.sum),
    ...titled('Revenue by row', moneyTable(totals.revenueByRow)),
    ...titled('Revenue by payer', moneyTable(totals.revenueByPayer)),
    ...titled('Revenue by mode', moneyTable(totals.revenueByMode)),
    ...(totals.spentByRow.size === 0
      ? []
      : titled('Spent in channels by row', moneyTable(totals.spentByRow))),
    ...titled('Payments under way', openTable(totals.held)),
    ...titled('Answers owed', openTable(totals.owed)),
  ]
}

function sumLine(sum: bigint): string {
  return sum === 0n
    ? 'sum of all entries: 0 ✓'
    : `sum of all entries: ${formatAmount(sum)} ✗ (it must be 0)`
}

/** What the chain says about the ledger. */
export function reconciledLines(
  { settlements, transfers, channels, underWay, blocks, differences }: Reconciled,
  chain: string,
): string[] {
  const where = blocks === null ? 'no blocks' : `blocks ${blocks.first} to ${blocks.last}`
  const count = differences.length
  return [
    '',
    `Compared with ${chain}: ${settlements} settlements; ${transfers} transfers in ${where}`,
    ...(channels === 0 ? [] : [`and ${channels} ${channels === 1 ? 'channel' : 'channels'}`]),
    ...(underWay.length === 0
      ? []
      : titled(
          'Just changed, to be compared the next time',
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

function openTable(open: ReadonlyMap<string, OpenBalance>): string[] {
  // What can't be comes first, or it might not be shown.
  const rows = [...open].sort(([, a], [, b]) => Number(b.amount < 0n) - Number(a.amount < 0n))
  return table(
    rows.map(([challengeId, { amount, row, payer, at }]): TableRow => {
      const below = amount < 0n ? '✗ below zero, ' : ''
      return [challengeId, formatAmount(amount), `${below}${row}, ${payer}, ${formatTime(at)}`]
    }),
  )
}
