/** The ledger as the gateway reads it, for the page of its owners. */
import { ask } from '../ask.ts'
import type { Env } from '../env.ts'
import { type Found, findPayments } from './findPayments.ts'
import { type LedgerReport, readReport, sumOf } from './report.ts'
import type { Ask } from './reportStatements.ts'
import { daysQuery, exportQuery, type Span, type SumPlace } from './reportStatements.ts'

/** One sum of one day. */
export interface DaySum extends SumPlace {
  /** In the smallest unit. */
  amount: bigint
  count: number
}

/** Asks D1, with the deadline of every store. */
const asked =
  (env: Env): Ask =>
  ({ sql, params }) =>
    ask('D1', async () => {
      const { results } = await env.DB.prepare(sql)
        .bind(...params)
        .all()
      return results
    })

/** Reads of the ledger for people. Each throws service_unavailable. */
export const ownersLedger = {
  /** The report of a span; each list has at most `limit` rows. Debts of a day and more are due. */
  report: (env: Env, span: Span, limit: number, now: number): Promise<LedgerReport> =>
    readReport(asked(env), span, limit, now),

  /** Revenue and fees of each day of a span, the latest day first. */
  days: async (env: Env, span: Span): Promise<DaySum[]> =>
    (await asked(env)(daysQuery(span))).map((row) => daySumOf(row, 'account')),

  /** The sums of a span by day that follow `after` (null: all), the first `limit` of them. */
  sums: async (env: Env, span: Span, limit: number, after: SumPlace | null): Promise<DaySum[]> =>
    (await asked(env)(exportQuery(span, limit, after))).map((row) => daySumOf(row, '')),

  /** The payments that a text names, the last `most` of them. */
  find: (env: Env, text: string, most: number): Promise<Found> =>
    findPayments(asked(env), text, most),
}

function daySumOf(row: unknown, by: string): DaySum {
  const sum = row as Readonly<Record<string, unknown>>
  return {
    day: Number(sum.day),
    currency: String(sum.currency),
    by: String(sum.by ?? by),
    name: String(sum.name),
    amount: sumOf(sum),
    count: Number(sum.count ?? 0),
  }
}
