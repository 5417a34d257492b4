/**
 * The SQL of the sums beside the ledger. The same selections that add entries up for good also add
 * up, for a reader, the entries that are not in the sums yet, so that both say the same.
 * See docs/decisions/0046.
 */

/** The length of a day, in milliseconds. */
export const DAY_MS = 86_400_000
/** An amount is stored as so many of this and a rest, so that no sum is too large for SQLite. */
export const BILLION = 1_000_000_000
/** The label of revenue that came in for calls of many routes. */
export const BY_CHANNELS = 'by channels'

/** The id of the last entry that is in the sums. */
const SUMMED = `coalesce((select "value" from "ledger_marks" where "name" = 'summed'), 0)`
const SUMMING = `(select "value" from "ledger_marks" where "name" = 'summing')`

/** The condition of entries that are in the sums, and of those that are not yet. */
export const IS_SUMMED = `"id" <= ${SUMMED}`
export const IS_NOT_SUMMED = `"id" > ${SUMMED}`

/** Selects the sums by day of the entries that `condition` holds for. */
export function selectSums(condition: string): string {
  // An event's entries sum to zero: what a kind of events has moved is the sum of what was added.
  const moved = `(case "by" when 'kind' then max("amount", 0) else "amount" end)`
  return `select "at" / ${DAY_MS} as "day", lower("currency") as "currency", "by",
      case "by" when 'account' then "account" when 'kind' then "kind" when 'mode' then "mode"
        when 'payer' then lower("payer") when 'spent' then "row"
        else case when "channel_id" is null then "row" else '${BY_CHANNELS}' end end as "name",
      sum(${moved} / ${BILLION}) as "billions", sum(${moved} % ${BILLION}) as "units",
      case "by" when 'kind' then count(distinct "event_id") else count(*) end as "count"
    from "ledger_entries" cross join (select column1 as "by" from
      (values ('account'), ('kind'), ('route'), ('payer'), ('mode'), ('spent')))
    where ${condition} and ("by" in ('account', 'kind')
      or ("account" = 'revenue' and "by" in ('route', 'payer', 'mode'))
      or ("kind" = 'spend' and "account" = 'earned' and "by" = 'spent'))
    group by 1, 2, 3, 4`
}

/** Selects the balances of the entries that `condition` holds for, where they are not zero. */
export function selectOpen(condition: string): string {
  // The + keeps SQLite from walking through all entries in the order of the events' index.
  const columns = `sum("amount") as "amount", "challenge_id", "row", "payer", "mode", "kind",
    "transaction", min("at") as "at"`
  return `select "account" as "what", lower("currency") as "currency", "challenge_id" as "id",
      ${columns} from "ledger_entries"
    where ${condition} and "account" in ('held', 'owed', 'due')
    group by 1, 2, 3 having sum("amount") <> 0
    union all
    select 'unbalanced', lower("currency"), "event_id", ${columns} from "ledger_entries"
    where ${condition} group by +"event_id", lower("currency") having sum("amount") <> 0`
}

/** The kinds of events that move the money of a channel. */
export const CHANNEL_KINDS = [
  'deposit',
  'voucher',
  'spend',
  'capture',
  'lapse',
  'forfeit',
  'refund',
] as const

/** Selects what the entries that `condition` holds for have moved, by channel. */
export function selectChannels(condition: string): string {
  const moved = CHANNEL_KINDS.map(
    (kind) => `sum(case when "kind" = '${kind}' then max("amount", 0) else 0 end) as "${kind}"`,
  )
  return `select lower("channel_id") as "channel_id", lower("currency") as "currency",
      "challenge_id", "payer", ${moved.join(', ')}, min("id") as "first_id",
      max("at") as "at"
    from "ledger_entries" where ${condition} and "channel_id" is not null group by 1, 2`
}

/**
 * The statements that add up to `limit` entries to the sums, to be run as one transaction. Each
 * entry is added once, however often and from wherever they are run, because they begin behind the
 * last entry that was added. `limit` is even, so that no event's two entries are counted apart.
 */
export function addUp(limit: number): string[] {
  const condition = `"id" > ${SUMMED} and "id" <= ${SUMMING}`
  const more = (...columns: string[]) =>
    columns.map((name) => `"${name}" = "${name}" + excluded."${name}"`).join(', ')
  return [
    `insert into "ledger_marks" select 'summing', coalesce(max("id"), 0) from (select "id"
      from "ledger_entries" where ${IS_NOT_SUMMED} order by "id" limit ${limit})
      where true on conflict do update set "value" = excluded."value"`,
    `insert into "ledger_sums" ("day", "currency", "by", "name", "billions", "units", "count")
      ${selectSums(condition)}
      on conflict do update set ${more('billions', 'units', 'count')}`,
    `insert into "ledger_open" ("what", "currency", "id", "amount", "challenge_id", "row", "payer",
      "mode", "kind", "transaction", "at") select * from (${selectOpen(condition)})
      where true on conflict do update set ${more('amount')}`,
    'delete from "ledger_open" where "amount" = 0',
    `insert into "ledger_channels" ("channel_id", "currency", "challenge_id", "payer",
      ${CHANNEL_KINDS.map((kind) => `"${kind}"`).join(', ')}, "first_id", "at")
      ${selectChannels(condition)}
      on conflict do update set ${more(...CHANNEL_KINDS)}, "at" = max("at", excluded."at")`,
    `insert into "ledger_marks" select 'summed', "value" from "ledger_marks"
      where "name" = 'summing' and "value" > ${SUMMED}
      on conflict do update set "value" = excluded."value"`,
  ]
}
