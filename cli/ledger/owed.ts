/** `npm run ledger -- owed`: answers that are owed, and refunds that are due. */

import { type Decimals, formatAmount } from '../../src/config/amounts.ts'
import { isDue, type OpenBalance, openBalanceOf } from '../../src/store/ledger/report.ts'
import type { Ask } from '../../src/store/ledger/reportStatements.ts'
import { type OpenFilter, openQuery } from '../../src/store/ledger/reportStatements.ts'
import { toJson } from './report/json.ts'
import { openLines } from './report/report.ts'

/** How many debts of each kind and currency are listed. */
const MOST_DEBTS = 10_000

/** Prints the debts of a filter, the refunds that are due first. */
export async function runOwed(
  ask: Ask,
  filter: OpenFilter,
  { json, decimals, now }: { json: boolean; decimals: Decimals; now: number },
  print: (lines: string[]) => void,
): Promise<void> {
  const rows = await ask(openQuery(MOST_DEBTS, filter))
  const debts = rows
    .map(openBalanceOf)
    .filter(({ what }) => what === 'owed' || what === 'due')
    .toSorted((a, b) => a.at - b.at)
  const due = debts.filter((debt) => isDue(debt, now))
  const owed = debts.filter((debt) => !isDue(debt, now))
  if (json) return print([toJson({ due, owed })])
  const lists = (title: string, some: OpenBalance[]) => {
    const byCurrency = Map.groupBy(some, ({ currency }) => currency)
    if (some.length === 0) return ['', `${title}: none`]
    return [...byCurrency].flatMap(([currency, shown]) => {
      const format = (amount: bigint) => formatAmount(amount, currency, decimals)
      const sum = shown.reduce((total, { amount }) => total + amount, 0n)
      const heading = `${title}, ${format(sum)} of ${currency}`
      return openLines(heading, { all: shown.length, shown }, format)
    })
  }
  print([
    ...lists('Refunds due', due),
    ...lists('Answers owed for less than a day', owed),
    ...(due.length === 0
      ? []
      : ['', 'Send each payer its amount, then: npm run ledger -- refunded ID TRANSACTION']),
  ])
}
