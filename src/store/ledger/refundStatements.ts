/** The SQL of refunds. See docs/decisions/0047. */
import type { Query } from './reportStatements.ts'

/**
 * The id of the event that books the end of a challenge's debt, or its refund. A challenge has one
 * debt at most, so that each is booked once, whoever books it.
 */
export const debtEventId = (kind: 'expiry' | 'repayment', challengeId: string) =>
  `${kind} ${challengeId}`

/** A refund that was found on the chain. */
export interface Refund {
  challengeId: string
  /** In lower case. */
  transaction: string
  /** In the smallest unit. */
  amount: bigint
  /** Epoch milliseconds. */
  at: number
}

/**
 * Books a refund in one statement: what is still owed becomes due, and what is due is repaid. Books
 * nothing if another amount is owed and due by now, or if any entry names the transaction. Returns
 * the ids of the new entries.
 */
export function insertRefund({ challengeId, transaction, amount, at }: Refund): Query {
  const balance = (accounts: string) => `(select coalesce(sum("amount"), 0) from "ledger_entries"
    where "challenge_id" = debt."challenge_id" and "account" in (${accounts}))`
  const sql = `insert into "ledger_entries" ("event_id", "kind", "account", "amount", "currency",
      "challenge_id", "row", "payer", "mode", "transaction", "request_id", "at")
    select move."kind" || ' ' || "challenge_id", move."kind", move."account",
      move."sign" * case move."kind" when 'expiry' then ${balance(`'owed'`)}
        else ${balance(`'owed', 'due'`)} end,
      "currency", "challenge_id", "row", "payer", "mode",
      case move."kind" when 'repayment' then ? end, "request_id", ${at}
    from (select "currency", "challenge_id", "row", "payer", "mode", "request_id"
        from "ledger_entries" where "challenge_id" = ? and "kind" = 'undelivered'
        order by "id" desc limit 1) as debt
      cross join (select 'expiry' as "kind", 'owed' as "account", -1 as "sign"
        union all select 'expiry', 'due', 1
        union all select 'repayment', 'due', -1
        union all select 'repayment', 'payer', 1) as move
    where ${balance(`'owed', 'due'`)} = cast(? as integer)
      and (move."kind" = 'repayment' or ${balance(`'owed'`)} <> 0)
      and not exists (select 1 from "ledger_entries" where lower("transaction") = ?)
    on conflict do nothing returning "id"`
  return { sql, params: [transaction, challengeId, String(amount), transaction] }
}

/** The refund of a challenge's debt, if it was booked. */
export function repaymentQuery(challengeId: string): Query {
  const sql = `select "transaction", "at" from "ledger_entries"
    where "event_id" = ? and "account" = 'payer'`
  return { sql, params: [debtEventId('repayment', challengeId)] }
}
