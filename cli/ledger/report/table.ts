/** Titles and tables of the report. */
import { printable } from './format.ts'

/** The most rows that a table shows. The CSV has all entries. */
const MOST_ROWS = 50

/** A title and the lines below it, or "none". */
export function titled(title: string, lines: string[]): string[] {
  return lines.length === 0 ? ['', `${title}: none`] : ['', title, ...lines]
}

export type TableRow = [label: string, value: string, note?: string]

/** Sums of one currency by name, in the order of the map. `format` writes an amount. */
export function moneyTable(
  sums: ReadonlyMap<string, bigint>,
  format: (amount: bigint) => string,
): string[] {
  const rows = [...sums]
  const rest = rows.slice(MOST_ROWS).reduce((total, [, sum]) => total + sum, 0n)
  return table(
    rows.map(([name, sum]): TableRow => [name, format(sum)]),
    `, together ${format(rest)}`,
  )
}

/** The same sums, the largest first. */
export function largestFirst(sums: ReadonlyMap<string, bigint>): Map<string, bigint> {
  return new Map([...sums].sort(([, a], [, b]) => (a < b ? 1 : a > b ? -1 : 0)))
}

/**
 * The first MOST_ROWS rows in aligned columns, then a line that counts the rest, with `ofTheRest`.
 */
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
