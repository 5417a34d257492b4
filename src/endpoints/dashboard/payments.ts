/** `/dashboard/payments`: what the ledger has, for the people who run the gateway. */
import { Hono } from 'hono/tiny'
import { decimalsOf } from '../../config/amounts.ts'
import type { Config } from '../../config/config.ts'
import type { CsvCell } from '../../lib/csv.ts'
import { isoTime } from '../../lib/time.ts'
import { foundPaymentsPage } from '../../pages/dashboard/foundPayments.tsx'
import { DASHBOARD_PATHS } from '../../pages/dashboard/paths.ts'
import { paymentsPage } from '../../pages/dashboard/payments.tsx'
import type { App } from '../../pipeline/app.ts'
import type { Env } from '../../store/env.ts'
import type { Isolate } from '../../store/isolate.ts'
import { type DaySum, ownersLedger } from '../../store/ledger/ownersLedger.ts'
import type { Span } from '../../store/ledger/reportStatements.ts'
import { DAY_MS } from '../../store/ledger/sumStatements.ts'
import { csvFile, inParts } from './csv.ts'
import { forOwners } from './forOwners.ts'

/** How many days are shown if nobody asks for others, and how many can be asked for. */
const DAYS = 30
const MOST_DAYS = 366
/** How many rows a list has. */
const MOST_ROWS = 50
/** How many payments are shown that one text names. */
const MOST_FOUND = 20
/** How many rows of the CSV one query reads, of at most how many days. */
const SUMS_AT_ONCE = 5_000
const DAYS_AT_ONCE = 31

/** The page of sums and open payments, the page of single payments, and the sums as CSV. */
export function paymentPages(config: Config, isolate: Isolate): Hono<App> {
  const app = new Hono<App>()
  const decimals = decimalsOf(config.payments, null)

  app.get(
    DASHBOARD_PATHS.payments,
    forOwners(config, isolate, async ({ env, target }, view) => {
      const query = new URLSearchParams(target.query)
      const asked = (query.get('q') ?? '').trim()
      if (asked !== '') {
        const isText = /^[\x20-\x7e]{1,200}$/.test(asked)
        const found = isText ? await ownersLedger.find(env, asked, MOST_FOUND) : NOTHING
        return foundPaymentsPage(view, { asked: asked.slice(0, 200), found, decimals })
      }
      const now = Date.now()
      const given = spanOf(query)
      const span = given ?? lastDays(now)
      const [report, days] = await Promise.all([
        ownersLedger.report(env, span, MOST_ROWS, now),
        ownersLedger.days(env, span),
      ])
      const isWrong = given === null && (query.has('from') || query.has('to'))
      const [from, to] = [dayOf(span.since), dayOf(span.until - DAY_MS)]
      return paymentsPage(view, { report, days, from, to, isWrong, decimals, now })
    }),
  )

  app.get(
    DASHBOARD_PATHS.paymentSums,
    forOwners(config, isolate, async ({ env, target }) => {
      const span = spanOf(new URLSearchParams(target.query)) ?? lastDays(Date.now())
      const name = `payments-${dayOf(span.since)}-${dayOf(span.until - DAY_MS)}.csv`
      return csvFile(name, SUM_COLUMNS, sumsOf(env, span))
    }),
  )

  return app
}

const SUM_COLUMNS = ['day', 'currency', 'by', 'name', 'amount', 'count']

/** The sums of a span as cells; amounts are in the smallest unit of their currency. */
async function* sumsOf(env: Env, { since, until }: Span): AsyncGenerator<CsvCell[][], void> {
  for (let from = since; from < until; from += DAYS_AT_ONCE * DAY_MS) {
    const part = { since: from, until: Math.min(until, from + DAYS_AT_ONCE * DAY_MS) }
    const parts = inParts<DaySum>(SUMS_AT_ONCE, (after) =>
      ownersLedger.sums(env, part, SUMS_AT_ONCE, after),
    )
    for await (const sums of parts)
      yield sums.map(({ day, currency, by, name, amount, count }) => {
        return [dayOf(day * DAY_MS), currency, by, name, amount, count]
      })
  }
}

const NOTHING = { all: 0, payments: [], isCut: false }

const dayOf = (ms: number): string => isoTime(ms).slice(0, 10)

/** The last days, today's UTC day with them. */
function lastDays(now: number): Span {
  const today = Math.floor(now / DAY_MS) * DAY_MS
  return { since: today - (DAYS - 1) * DAY_MS, until: today + DAY_MS }
}

/** The span from `from` to `to`, both with their day; null if they are no days, or too many. */
function spanOf(query: URLSearchParams): Span | null {
  const [since, last] = [parseDay(query.get('from')), parseDay(query.get('to'))]
  if (since === null || last === null || last < since) return null
  return last - since < MOST_DAYS * DAY_MS ? { since, until: last + DAY_MS } : null
}

/** "2026-11-27" → its first millisecond in UTC; null for anything else. */
function parseDay(text: string | null): number | null {
  if (text === null || !/^\d{4}-\d\d-\d\d$/.test(text)) return null
  const ms = Date.parse(text)
  // Some parsers take the 31st of a short month for the first of the next one.
  return !Number.isNaN(ms) && dayOf(ms) === text ? ms : null
}
