/** The report about the ledger as a whole and about the chain, as lines. */
import { type Decimals, formatAmount } from '../money.ts'
import type { Difference } from '../reconcile/difference.ts'
import type { Reconciled } from '../reconcile/reconcile.ts'
import type { Balance, OpenBalance, Totals } from '../sums/balance.ts'
import { currencyName, formatTime, printable } from './format.ts'
import { largestFirst, moneyTable, type TableRow, table, titled } from './table.ts'

/** The ledger's sums by currency, the events that do not sum to zero, and the number of events. */
export function balanceLines(
  { entries, events, totals, unbalanced }: Balance,
  decimals: Decimals,
): string[] {
  const kinds = [...events].map(([kind, count]): TableRow => [kind, String(count)])
  return [
    entries === 0 ? 'The ledger is empty.' : `The ledger has ${entries} entries.`,
    ...(entries === 0 ? ['', sumLine('0', true)] : []),
    ...[...totals].flatMap(([currency, sums]) => currencyLines(currency, sums, decimals)),
    ...(unbalanced.length === 0 ? [] : ['']),
    ...unbalanced.map(({ eventId, kind, challengeId, transaction, currency, sum }) =>
      differenceLine({
        what: `unbalanced event ${eventId} (${kind})`,
        challengeIds: [challengeId],
        transaction,
        expected: 'a sum of 0',
        found: `${formatAmount(sum, currency, decimals)} of ${currency}`,
      }),
    ),
    ...titled('Events', table(kinds)),
  ]
}

function currencyLines(currency: string, totals: Totals, decimals: Decimals): string[] {
  const format = (amount: bigint) => formatAmount(amount, currency, decimals)
  const sorted = (sums: ReadonlyMap<string, bigint>) => moneyTable(largestFirst(sums), format)
  return [
    ...titled(`Currency ${currencyName(currency, decimals)}`, moneyTable(totals.byAccount, format)),
    sumLine(format(totals.sum), totals.sum === 0n),
    ...titled('Revenue by route', sorted(totals.revenueByRoute)),
    ...titled('Revenue by payer', sorted(totals.revenueByPayer)),
    ...titled('Revenue by mode', sorted(totals.revenueByMode)),
    ...(totals.spentByRoute.size === 0
      ? []
      : titled('Spent in channels by route', sorted(totals.spentByRoute))),
    ...titled('Payments under way', openTable(totals.held, format)),
    ...titled('Answers owed', openTable(totals.owed, format)),
  ]
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
  return [
    '',
    `Compared with ${chain}: ${settlements} settlements; ${transfers} transfers in ${where}`,
    ...(channels === 0 ? [] : [`and ${channels} ${channels === 1 ? 'channel' : 'channels'}`]),
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

function openTable(
  open: ReadonlyMap<string, OpenBalance>,
  format: (amount: bigint) => string,
): string[] {
  // Balances below zero, which cannot be right, come first: the table's limit never hides them.
  const rows = [...open].sort(([, a], [, b]) => Number(b.amount < 0n) - Number(a.amount < 0n))
  return table(
    rows.map(([challengeId, { amount, route, payer, at }]): TableRow => {
      const below = amount < 0n ? '✗ below zero, ' : ''
      return [challengeId, format(amount), `${below}${route}, ${payer}, ${formatTime(at)}`]
    }),
  )
}
