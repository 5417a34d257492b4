/** Titles and tables of the report. */
import { printable } from './format.ts'

/** The most rows that a table shows. JSON has all of them. */
export const MOST_ROWS = 50

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
    rows.length,
    `, together ${format(rest)}`,
  )
}

/**
 * The first MOST_ROWS rows in aligned columns, then a line that counts the rest of `all` rows, with
 * `ofTheRest`.
 */
export function table(rows: TableRow[], all = rows.length, ofTheRest = ''): string[] {
  const shown = rows.slice(0, MOST_ROWS).map((row) => row.map((text) => printable(text ?? '')))
  const widths = [0, 1].map((column) =>
    Math.max(0, ...shown.map((row) => row[column]?.length ?? 0)),
  )
  const [first = 0, second = 0] = widths
  const lines = shown.map(
    ([label = '', value = '', note]) =>
      `  ${label.padEnd(first)}  ${value.padStart(second)}${note === undefined ? '' : `  ${note}`}`,
  )
  const more = all - shown.length
  return more > 0 ? [...lines, `  and ${more} more${ofTheRest} (--json has all)`] : lines
}
