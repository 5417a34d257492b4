/** Reads the ledger's report from its sums. Amounts are in the currency's smallest unit. */
import { type ChannelAccount, channelOf, isOverdrawn } from './channels.ts'
import {
  type Ask,
  channelsQuery,
  openQuery,
  payersQuery,
  type Span,
  sumsQuery,
} from './reportStatements.ts'
import { BILLION, DAY_MS } from './sumStatements.ts'

/** A number of rows that no list has. */
export const ALL_ROWS = 1_000_000_000

/** A row of an answer, by column. */
type Row = Readonly<Record<string, unknown>>

/** Some rows of a list, and how many the list has. */
export interface Part<T> {
  all: number
  shown: T[]
}

/** Open balances of one kind. */
export interface OpenPart extends Part<OpenBalance> {
  /** The sum of all of them. */
  total: bigint
}

/** A balance of one challenge that must come to zero in the end, or of an unbalanced event. */
export interface OpenBalance {
  what: 'held' | 'owed' | 'due' | 'unbalanced'
  currency: string
  /** The challenge's id, or the event's. */
  id: string
  challengeId: string
  amount: bigint
  route: string
  payer: string
  mode: string
  kind: string
  transaction: string | null
  /** Since when, in epoch milliseconds. */
  at: number
}

/** The report on one currency. Maps have the largest amount first. */
export interface CurrencyReport {
  /** The token's address in lower case. */
  currency: string
  /** The sum of all entries, which must be 0. */
  sum: bigint
  byAccount: Map<string, bigint>
  revenueByRoute: Map<string, bigint>
  revenueByMode: Map<string, bigint>
  revenueByPayer: Part<[payer: string, amount: bigint]>
  /** Spent in channels. A capture pays for calls of many routes, so its revenue has no route. */
  spentByRoute: Map<string, bigint>
  /** The amounts that events of each kind have moved. */
  moved: Map<string, bigint>
  held: OpenPart
  owed: OpenPart
  due: OpenPart
  channels: Part<ChannelAccount>
}

export interface LedgerReport {
  /** The number of entries. */
  entries: number
  /** The number of events of each kind. */
  events: Map<string, number>
  currencies: CurrencyReport[]
  unbalanced: Part<OpenBalance>
}

/**
 * Reads the report of a span (null: of all time). Open balances and channels are as they are now.
 * Each list has at most `limit` rows. With `now` (epoch milliseconds), what has been owed for a day
 * then is among what is due. Rejects if the ledger does not answer.
 */
export async function readReport(
  ask: Ask,
  span: Span | null,
  limit: number,
  now?: number,
): Promise<LedgerReport> {
  const filter = now === undefined ? {} : { now }
  const queries = [sumsQuery(span), payersQuery(span, limit), openQuery(limit, filter)]
  const answers = await Promise.all([...queries, channelsQuery(limit)].map((query) => ask(query)))
  const [sums = [], payers = [], open = [], channels = []] = answers as Row[][]
  const balances = open.map(openBalanceOf)
  const found = [...sums, ...open, ...channels].map((row) => String(row.currency))
  const report: LedgerReport = {
    entries: 0,
    events: new Map(),
    currencies: [],
    unbalanced: partOf(open, balances, (row) => row.what === 'unbalanced'),
  }
  for (const row of sums) {
    const count = Number(row.count)
    if (row.by === 'account') report.entries += count
    if (row.by === 'kind') add(report.events, String(row.name), count)
  }
  for (const currency of new Set(found)) {
    const isOf = (row: Row) => row.currency === currency
    const mine = sums.filter(isOf)
    const by = (what: string) =>
      new Map(
        mine
          .filter((row) => row.by === what)
          .map((row): [string, bigint] => [String(row.name), sumOf(row)]),
      )
    const opened = (what: string): OpenPart => {
      const isIt = (row: Row) => isOf(row) && row.what === what
      const [first] = open.filter(isIt)
      const total = first === undefined ? 0n : sumOf(first)
      return { ...partOf(open, balances, isIt), total }
    }
    const byAccount = by('account')
    report.currencies.push({
      currency,
      sum: [...byAccount.values()].reduce((sum, amount) => sum + amount, 0n),
      byAccount,
      revenueByRoute: by('route'),
      revenueByMode: by('mode'),
      revenueByPayer: partOf(
        payers,
        payers.map((row): [string, bigint] => [String(row.name), sumOf(row)]),
        isOf,
      ),
      spentByRoute: by('spent'),
      moved: by('kind'),
      held: opened('held'),
      owed: opened('owed'),
      due: opened('due'),
      channels: partOf(channels, channels.map(channelOf), isOf),
    })
  }
  return report
}

/** Whether all sums are zero, and no challenge and no channel has a balance below zero. */
export function addsUp({ currencies, unbalanced }: LedgerReport): boolean {
  return (
    unbalanced.all === 0 &&
    currencies.every(
      ({ sum, held, owed, due, channels }) =>
        sum === 0n &&
        [held, owed, due].every(({ shown }) => shown.every(({ amount }) => amount > 0n)) &&
        !channels.shown.some(isOverdrawn),
    )
  )
}

/**
 * Whether the money of a debt is due at `now`: its answer cannot be had any more, or has been owed
 * for a day.
 */
export function isDue({ what, at }: OpenBalance, now: number): boolean {
  return what === 'due' || (what === 'owed' && at <= now - DAY_MS)
}

/** Reads an open balance from its row. */
export function openBalanceOf(row: unknown): OpenBalance {
  const open = row as Row
  return {
    what: open.what as OpenBalance['what'],
    currency: String(open.currency),
    id: String(open.id),
    challengeId: String(open.challengeId),
    amount: BigInt(String(open.amount)),
    route: String(open.route),
    payer: String(open.payer),
    mode: String(open.mode),
    kind: String(open.kind),
    transaction: open.transaction === null ? null : String(open.transaction),
    at: Number(open.at),
  }
}

/** The amount of a row of sums. */
export function sumOf(row: Row): bigint {
  return BigInt(String(row.billions)) * BigInt(BILLION) + BigInt(String(row.units))
}

/** The rows that a condition holds for, as `values` has them; each says how many there are. */
function partOf<T>(rows: readonly Row[], values: T[], condition: (row: Row) => boolean): Part<T> {
  const shown = values.filter((_, i) => condition(rows[i] ?? {}))
  // Rows of several currencies are counted apart.
  const counts = new Map(rows.filter(condition).map((row) => [row.currency, Number(row.names)]))
  return { all: [...counts.values()].reduce((sum, count) => sum + count, 0), shown }
}

function add(counts: Map<string, number>, key: string, count: number): void {
  counts.set(key, (counts.get(key) ?? 0) + count)
}
