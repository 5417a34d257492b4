/** The report as JSON: amounts are strings, in the smallest unit of their currency. */
import type { Reconciled } from '../../../payments/reconcile/reconcile.ts'
import type { Decimals } from '../../../src/config/amounts.ts'
import { addsUp, type LedgerReport } from '../../../src/store/ledger/report.ts'
import type { Span } from '../../../src/store/ledger/reportStatements.ts'

/** The report on a span (null: all), and how it compares with each chain that was asked. */
export function reportJson(
  { entries, events, currencies, unbalanced }: LedgerReport,
  span: Span | null,
  decimals: Decimals,
  reconciled: readonly Reconciled[] | null,
): string {
  return toJson({
    addsUp: addsUp({ entries, events, currencies, unbalanced }),
    since: span === null ? null : span.since,
    until: span === null || span.until === Number.MAX_SAFE_INTEGER ? null : span.until,
    entries,
    events,
    currencies: currencies.map(({ currency, revenueByPayer, held, owed, due, ...sums }) => ({
      ...sums,
      currency,
      decimals: decimals.get(currency) ?? null,
      revenueByPayer: Object.fromEntries(revenueByPayer.shown),
      held: held.shown,
      owed: owed.shown,
      due: due.shown,
      channels: sums.channels.shown,
    })),
    unbalanced: unbalanced.shown,
    ...(reconciled === null ? {} : { reconciled }),
  })
}

/** JSON in which an amount is a string, and a map an object. */
export function toJson(value: unknown): string {
  return JSON.stringify(
    value,
    (_, one: unknown) => {
      if (typeof one === 'bigint') return String(one)
      return one instanceof Map ? Object.fromEntries(one) : one
    },
    2,
  )
}
