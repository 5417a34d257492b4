/** How lists stand in the report. */
import { formatAmount, printable } from './format.ts'

/** How many rows of a list are shown; the CSV has all. */
const MOST_ROWS = 50

/** A title and what stands below it. */
export function titled(title: string, lines: string[]): string[] {
  return lines.length === 0 ? ['', `${title}: none`] : ['', title, ...lines]
}

export type TableRow = [label: string, value: string, note?: string]

/** Money by name; the largest first unless its order says something. */
export function moneyTable(sums: ReadonlyMap<string, bigint>, sorted = true): string[] {
  const rows = [...sums]
  if (sorted) rows.sort(([, a], [, b]) => (a < b ? 1 : a > b ? -1 : 0))
  const rest = rows.slice(MOST_ROWS).reduce((total, [, sum]) => total + sum, 0n)
  return table(
    rows.map(([name, sum]): TableRow => [name, formatAmount(sum)]),
    `, together ${formatAmount(rest)}`,
  )
}

/** Rows in columns; of very many, the first ones. */
export function table(rows: TableRow[], ofTheRest = ''): string[] {
  const shown = rows.slice(0, MOST_ROWS).map((row) => row.map((text) => printable(text ?? '')))
  const widths = [0, 1].map((column) =>
    Math.max(0, ...shown.map((row) => row[column]?.length ?? 0)),
  )
  const [first = 0, second = 0] = widths
  const lines = shown.map(
    ([label = '', value = '', note]) =>
      `  ${label.padEnd(first)}  ${value.padStart(second)}${note === undefined ? '' : `  ${note}`}`,
  )
  const more = rows.length - shown.length
  return more > 0 ? [...lines, `  and ${more} more${ofTheRest} (--csv has all)`] : lines
}
