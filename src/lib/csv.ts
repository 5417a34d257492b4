/** Writes CSV (RFC 4180) in which a spreadsheet finds no formula. */

/** A line of cells, with its line break. */
export function csvLine(cells: readonly CsvCell[]): string {
  return `${cells.map(cell).join(',')}\r\n`
}

export type CsvCell = string | number | bigint | null

/** Numbers stay as they are, because a spreadsheet takes only text for a formula. */
function cell(value: CsvCell): string {
  if (value === null) return ''
  if (typeof value !== 'string') return String(value)
  const text = guarded(value)
  return text === '' || /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}

/**
 * Puts a ' in front of text that a spreadsheet would calculate, and of text that begins with a ',
 * so that removing one leading ' always gives the text back.
 */
function guarded(text: string): string {
  return /^(\s*['=+\-@＝＋－＠]|[\t\r\n])/.test(text) ? `'${text}` : text
}
