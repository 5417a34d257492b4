/** Entries as CSV (RFC 4180) that a spreadsheet shows and does not run. */
import { open } from 'node:fs/promises'
import { COLUMNS, type Entry } from '../read/entry.ts'

const COLUMN_NAMES = Object.keys(COLUMNS) as (keyof Entry)[]

/** The columns' names, as the table has them. */
const HEADER = `${Object.values(COLUMNS).join(',')}\r\n`

/** One entry as a line with its end. */
function csvLine(entry: Entry): string {
  return `${COLUMN_NAMES.map((name) => cell(entry[name])).join(',')}\r\n`
}

/** A number is a number, also a negative one; only text can be taken for a formula. */
function cell(value: Entry[keyof Entry]): string {
  if (value === null) return ''
  if (typeof value !== 'string') return String(value)
  const text = guarded(value)
  return text === '' || /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}

/**
 * Text that a spreadsheet would calculate, with a ' in front. Text that begins with a ' gets one too,
 * so that taking one away always gives back what was there.
 */
function guarded(text: string): string {
  return /^(\s*['=+\-@＝＋－＠]|[\t\r\n])/.test(text) ? `'${text}` : text
}

/** How much is gathered before it is written, in UTF-16 units. */
const CHUNK = 65_536

/** Somewhere to write CSV to. Waits for a slow reader; rejects when nothing can be written. */
export interface CsvSink {
  write(entry: Entry): Promise<void>
  end(): Promise<void>
}

/** Opens a file (written anew) or, for "-", standard output. */
export async function openCsv(target: string): Promise<CsvSink> {
  const file = target === '-' ? null : await open(target, 'w')
  let gathered = HEADER
  const flush = async () => {
    const text = gathered
    gathered = ''
    await (file === null ? writeOut(text) : file.writeFile(text))
  }
  return {
    async write(entry) {
      gathered += csvLine(entry)
      if (gathered.length >= CHUNK) await flush()
    },
    async end() {
      await flush()
      await file?.close()
    },
  }
}

function writeOut(text: string): Promise<void> {
  return new Promise((resolve, reject) => {
    process.stdout.write(text, (error) => (error ? reject(error) : resolve()))
  })
}
