/**
 * The SQL of reports on the ledger. Every report reads the sums, and the entries that are not in
 * the sums yet; only looking up one payment, and the list of entries, read entries themselves.
 */
import {
  BILLION,
  CHANNEL_KINDS,
  DAY_MS,
  IS_NOT_SUMMED,
  IS_SUMMED,
  selectChannels,
  selectOpen,
  selectSums,
} from './sumStatements.ts'

/** A statement and the values of its question marks. */
export interface Query {
  sql: string
  params: (string | number)[]
}

/** Runs one query and resolves to its rows. */
export type Ask = (query: Query) => Promise<unknown[]>

/** A time from `since`, and before `until`, in epoch milliseconds. */
export interface Span {
  since: number
  until: number
}

/** Sums are read as text, because JSON and JavaScript round large integers. */
const AMOUNT = `cast(sum("billions") as text) as "billions", cast(sum("units") as text) as "units"`
const LARGEST_FIRST = `sum("billions") + sum("units") / ${BILLION} desc,
  sum("units") % ${BILLION} desc, "name"`

/**
 * Selects all sums of a span (null: of all time), in parts by day. Days that are only partly in the
 * span are added up from their entries.
 */
function sumsIn(span: Span | null, by: string): string {
  const what = `"by" ${by}`
  const columns = '"day", "currency", "by", "name", "billions", "units", "count"'
  const from = (source: string, where: string) => `select ${columns} from ${source} where ${where}`
  const entries = (condition: string) => from(`(${selectSums(condition)})`, what)
  if (span === null) return `${from('"ledger_sums"', what)} union all ${entries(IS_NOT_SUMMED)}`
  const { since, until } = span
  const within = (start: number, end: number) => `"at" >= ${start} and "at" < ${end}`
  const first = Math.ceil(since / DAY_MS)
  const last = Math.max(first, Math.floor(until / DAY_MS))
  const parts = [
    from('"ledger_sums"', `${what} and "day" >= ${first} and "day" < ${last}`),
    entries(`${IS_NOT_SUMMED} and ${within(since, until)}`),
  ]
  const head = Math.min(first * DAY_MS, until)
  if (since < head) parts.push(entries(`${IS_SUMMED} and ${within(since, head)}`))
  const tail = Math.max(last * DAY_MS, head)
  if (tail < until) parts.push(entries(`${IS_SUMMED} and ${within(tail, until)}`))
  return parts.join(' union all ')
}

/** The sums by everything but the payer: few rows, whatever the number of payments. */
export function sumsQuery(span: Span | null): Query {
  const sums = sumsIn(span, `<> 'payer'`)
  const sql = `select "currency", "by", "name", ${AMOUNT}, sum("count") as "count" from (${sums})
    group by "currency", "by", "name" order by "currency", "by", ${LARGEST_FIRST}`
  return { sql, params: [] }
}

/** The revenue of the `limit` payers of each currency that paid most, and how many payers are. */
export function payersQuery(span: Span | null, limit: number): Query {
  const sql = `select * from (select "currency", "name", ${AMOUNT},
      count(*) over (partition by "currency") as "names",
      row_number() over (partition by "currency" order by ${LARGEST_FIRST}) as "place"
    from (${sumsIn(span, `= 'payer'`)}) group by "currency", "name")
    where "place" <= ${limit} order by "currency", "place"`
  return { sql, params: [] }
}

/** The revenue of each day of a span, and the fees that we paid, the latest day first. */
export function daysQuery(span: Span): Query {
  const sql = `select "day", "currency", "name", ${AMOUNT} from (${sumsIn(span, `= 'account'`)})
    where "name" in ('revenue', 'fees') group by "day", "currency", "name"
    order by "day" desc, "currency", "name"`
  return { sql, params: [] }
}

/** The names of a sum, by which an export is ordered. */
export interface SumPlace {
  /** Days since 1970. */
  day: number
  currency: string
  by: string
  name: string
}

/** The sums of a span by day that follow `after` (null: all), the first `limit` of them. */
export function exportQuery(span: Span, limit: number, after: SumPlace | null): Query {
  const place = '"day", "currency", "by", "name"'
  const sql = `select ${place}, ${AMOUNT}, sum("count") as "count"
    from (${sumsIn(span, 'is not null')})
    ${after === null ? '' : `where (${place}) > (?, ?, ?, ?)`}
    group by ${place} order by ${place} limit ${limit}`
  return { sql, params: after === null ? [] : [after.day, after.currency, after.by, after.name] }
}

/** Balances as they are now. */
const OPEN = `(select "what", "currency", "id", sum("amount") as "amount", "challenge_id", "row",
    "payer", "mode", "kind", "transaction", min("at") as "at"
  from (select "what", "currency", "id", "amount", "challenge_id", "row", "payer", "mode", "kind",
      "transaction", "at" from "ledger_open" union all ${selectOpen(IS_NOT_SUMMED)})
  group by 1, 2, 3 having sum("amount") <> 0)`

/** Which open balances are wanted. */
export interface OpenFilter {
  /** Only what has been open since this time or earlier, in epoch milliseconds. */
  before?: number
  /** In lower case. */
  payer?: string
  challengeId?: string
  /** If set, what has been owed for a day at this time (epoch milliseconds) counts as due. */
  now?: number
}

/**
 * Open balances: of each kind and currency at most `limit`, the wrong ones first, then the oldest.
 * Each row says how many there are.
 */
export function openQuery(limit: number, filter: OpenFilter = {}): Query {
  const { before, payer, challengeId, now } = filter
  const what =
    now === undefined
      ? '"what"'
      : `case when "what" = 'owed' and "at" <= ${now - DAY_MS} then 'due' else "what" end`
  const over = 'over (partition by "what", "currency")'
  const given: [condition: string, value: string | number | undefined][] = [
    ['"at" <= ?', before],
    ['lower("payer") = ?', payer],
    ['"challenge_id" = ?', challengeId],
  ]
  const used = given.flatMap(([condition, value]) =>
    value === undefined ? [] : [{ condition, value }],
  )
  const where = ['true', ...used.map(({ condition }) => condition)].join(' and ')
  const sql = `select * from (select "what", "currency", "id", cast("amount" as text) as "amount",
      "challenge_id" as "challengeId", "row" as "route", "payer", "mode", "kind", "transaction",
      "at", count(*) ${over} as "names",
      cast(sum("amount" / ${BILLION}) ${over} as text) as "billions",
      cast(sum("amount" % ${BILLION}) ${over} as text) as "units",
      row_number() over (partition by "what", "currency" order by "amount" < 0 desc, "at", "id")
        as "place"
    from (select ${what} as "what", "currency", "id", "amount", "challenge_id", "row", "payer",
        "mode", "kind", "transaction", "at" from ${OPEN} where ${where})) where "place" <= ${limit} order by "currency", "what", "place"`
  return { sql, params: used.map(({ value }) => value) }
}

const CHANNELS = `(select "channel_id", "currency", "challenge_id", "payer",
    ${CHANNEL_KINDS.map((kind) => `sum("${kind}") as "${kind}"`).join(', ')},
    min("first_id") as "first_id", max("at") as "at"
  from (select "channel_id", "currency", "challenge_id", "payer",
      ${CHANNEL_KINDS.map((kind) => `"${kind}"`).join(', ')}, "first_id", "at"
      from "ledger_channels"
    union all ${selectChannels(IS_NOT_SUMMED)}) group by 1, 2)`

/** The rest of a channel's money on each of its accounts, which is never below zero. */
const LEFT = [
  '"deposit" + "lapse" + "forfeit" - "voucher" - "refund"',
  '"voucher" - "spend" - "lapse"',
  '"spend" - "capture" - "forfeit"',
]
const IS_OVERDRAWN = `(${LEFT.map((left) => `${left} < 0`).join(' or ')})`
const IS_LOCKED = '("deposit" > "capture" + "refund")'

const CHANNEL_COLUMNS = `"channel_id" as "channelId", "currency", "challenge_id" as "challengeId",
  "payer", ${CHANNEL_KINDS.map((kind) => `cast("${kind}" as text) as "${kind}"`).join(', ')}, "at"`

/** Channels in the order of their openings: those with some ids in lower case, or all (null). */
export function channelsByIdQuery(ids: readonly string[] | null): Query {
  const where = ids === null ? '' : `where "channel_id" in (${ids.map(() => '?').join(', ')})`
  const sql = `select ${CHANNEL_COLUMNS} from ${CHANNELS} ${where} order by "first_id"`
  return { sql, params: [...(ids ?? [])] }
}

/**
 * Channels, at most `limit` of each currency: overdrawn ones first, which cannot be right, then
 * those with money in them, then the last that changed. Each row says how many there are.
 */
export function channelsQuery(limit: number): Query {
  const sql = `select * from (select ${CHANNEL_COLUMNS},
      count(*) over (partition by "currency") as "names",
      row_number() over (partition by "currency" order by ${IS_OVERDRAWN} desc,
        ${IS_LOCKED} desc, "at" desc, "first_id") as "place"
    from ${CHANNELS}) where "place" <= ${limit} order by "currency", "place"`
  return { sql, params: [] }
}

/** How many channels have money in them that neither the recipient nor the payer has back. */
export const lockedChannelsQuery: Query = {
  sql: `select count(*) as "count" from ${CHANNELS} where ${IS_LOCKED}`,
  params: [],
}

/** How far something has come, by its name. */
export function markQuery(name: string): Query {
  return { sql: 'select "value" from "ledger_marks" where "name" = ?', params: [name] }
}

/** Notes how far something has come. */
export function setMark(name: string, value: number): Query {
  const sql = `insert into "ledger_marks" ("name", "value") values (?, ?)
    on conflict do update set "value" = excluded."value"`
  return { sql, params: [name, value] }
}

/** How many entries are not in the sums yet. */
export const behindQuery: Query = {
  sql: `select count(*) as "count" from "ledger_entries" where ${IS_NOT_SUMMED}`,
  params: [],
}
