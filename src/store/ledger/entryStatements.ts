/** The SQL that reads entries themselves: lists of them, one payment, and what a chain settled. */

import type { Query, Span } from './reportStatements.ts'
import type { ledgerEntries } from './schema.ts'

/**
 * The columns of the table by their names in code. A column that is missing here does not compile.
 */
export const COLUMNS = {
  id: 'id',
  eventId: 'event_id',
  kind: 'kind',
  account: 'account',
  amount: 'amount',
  currency: 'currency',
  challengeId: 'challenge_id',
  row: 'row',
  payer: 'payer',
  mode: 'mode',
  transaction: 'transaction',
  requestId: 'request_id',
  at: 'at',
  channelId: 'channel_id',
} satisfies Record<keyof typeof ledgerEntries.$inferSelect, string>

/** All columns; the amount as text, because JSON and JavaScript round large integers. */
const SELECTED = Object.entries(COLUMNS)
  .map(([name, column]) =>
    name === 'amount' ? `cast("amount" as text) as "amount"` : `"${column}" as "${name}"`,
  )
  .join(', ')

const within = (span: Span | null) =>
  span === null ? '' : ` and "at" >= ${span.since} and "at" < ${span.until}`

/** A page of the entries of a span with ids above `afterId`, in the order of writing. */
export function pageQuery(afterId: number, limit: number, span: Span | null = null): Query {
  const where = `"id" > ${afterId}${within(span)}`
  const sql = `select ${SELECTED} from "ledger_entries" where ${where} order by "id" limit ${limit}`
  return { sql, params: [] }
}

/**
 * The challenges that a text names, the last first, at most `limit`: by their id, or by the
 * transaction, payer, channel or request of one of their entries. Each is found by an index.
 */
export function findQuery(text: string, limit: number): Query {
  const lower = text.toLowerCase()
  const named = [
    ['"challenge_id" = ?', text],
    ['"request_id" = ?', text],
    ['lower("transaction") = ?', lower],
    ['lower("payer") = ?', lower],
    ['"channel_id" = ?', lower],
  ]
  const ids = named.map(
    ([condition]) => `select "challenge_id", "id" from "ledger_entries" where ${condition}`,
  )
  const sql = `select "challenge_id" as "challengeId", count(*) over () as "names"
    from (${ids.join(' union all ')})
    group by "challenge_id" order by max("id") desc limit ${limit}`
  return { sql, params: named.map(([, value = '']) => value) }
}

/** All entries of some challenges, in the order of writing; at most `limit`. */
export function challengesQuery(challengeIds: readonly string[], limit: number): Query {
  const marks = challengeIds.map(() => '?').join(', ')
  const sql = `select ${SELECTED} from "ledger_entries" where "challenge_id" in (${marks})
    order by "id" limit ${limit}`
  return { sql, params: [...challengeIds] }
}

/** The chain of an entry: "evm" for authorizations, Tempo for every other mode. */
export type ChainName = 'tempo' | 'evm'

const onChain = (chain: ChainName) => `"mode" ${chain === 'evm' ? '=' : '<>'} 'authorization'`

/**
 * The currencies of a chain's entries. For a span: of the span's entries, and of all sums, because
 * the chain may have transfers of which the ledger knows nothing in that time.
 */
export function currenciesQuery(chain: ChainName, span: Span | null): Query {
  const entries = `select lower("currency") as "currency" from "ledger_entries"
    where ${onChain(chain)}${within(span)}`
  const sums = `select "currency" from "ledger_sums" where "by" = 'account'`
  return { sql: span === null ? `${entries} group by 1` : `${entries} union ${sums}`, params: [] }
}

/** The time of a chain's first entry. */
export function firstQuery(chain: ChainName): Query {
  const sql = `select "at" from "ledger_entries" where ${onChain(chain)} order by "at" limit 1`
  return { sql, params: [] }
}

/** A page of the settlements of a chain in a span, with ids above `afterId`. */
export function settlementsQuery(
  chain: ChainName,
  span: Span | null,
  afterId: number,
  limit: number,
): Query {
  const sql = `select "id", "challenge_id" as "challengeId",
      lower("transaction") as "transaction", cast("amount" as text) as "amount",
      lower("currency") as "currency", "at"
    from "ledger_entries" where "id" > ${afterId} and "kind" = 'settlement'
      and "account" = 'revenue' and ${onChain(chain)}${within(span)} order by "id" limit ${limit}`
  return { sql, params: [] }
}

/** The events that name one of some transactions, which are in lower case. */
export function namingQuery(transactions: readonly string[]): Query {
  const marks = transactions.map(() => '?').join(', ')
  const sql = `select lower("transaction") as "transaction", "challenge_id" as "challengeId", "kind",
      "mode"
    from "ledger_entries" where lower("transaction") in (${marks})
    group by "event_id" order by min("id")`
  return { sql, params: [...transactions] }
}
