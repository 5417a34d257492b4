/** Tables of amounts. */
import type { Child } from 'hono/jsx'
import { type Decimals, formatAmount } from '../../config/amounts.ts'
import { shownText } from '../../lib/shownText.ts'
import type { View } from '../view.ts'
import { PAYMENTS } from '../words/payments.ts'
import type { Words } from '../words.ts'

/** An amount of a currency (an address in lower case), as the language writes decimals. */
export function shownAmount(
  words: Words,
  amount: bigint,
  currency: string,
  decimals: Decimals,
): string {
  return decimals.has(currency)
    ? words.decimal(formatAmount(amount, currency, decimals))
    : words.say(PAYMENTS.smallestUnits, { amount: String(amount) })
}

/** A row of cells; the last one is an amount. */
export type AmountRow = readonly Child[]

/**
 * A table under a heading, whose last column is an amount; "None" without rows. `all` is the number
 * of rows that there are, if more than are shown.
 */
export function AmountTable({
  view: { words },
  title,
  columns,
  rows,
  all = rows.length,
}: {
  view: View
  title: string
  columns: readonly string[]
  rows: readonly AmountRow[]
  all?: number
}) {
  const more = all - rows.length
  return (
    <section>
      <h3>{title}</h3>
      {rows.length === 0 ? (
        <p class="soft">{words.say(PAYMENTS.none)}</p>
      ) : (
        <table class="amounts" aria-label={title}>
          <thead>
            <tr>
              {columns.map((column) => (
                <th scope="col">{column}</th>
              ))}
            </tr>
          </thead>
          <tbody>
            {rows.map((cells) => (
              <tr>
                {cells.map((cell, i) => (
                  <td data-name={columns[i]}>{cell}</td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      )}
      {more > 0 ? (
        <p class="soft">{words.say(PAYMENTS.more, { count: words.number(more) })}</p>
      ) : null}
    </section>
  )
}

/** The most characters of an id that are shown. */
const MOST_SHOWN = 200

/** An id or address of the ledger, part of which payers choose: any text. */
export const Id = ({ text }: { text: string }) => (
  <bdi>
    <code>{shownText(text, MOST_SHOWN)}</code>
  </bdi>
)
