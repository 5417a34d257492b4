/** Writes entries as CSV (RFC 4180) in which a spreadsheet finds no formula. */
import { open } from 'node:fs/promises'
import { COLUMNS } from '../../../src/store/ledger/entryStatements.ts'
import type { Entry } from '../read/entry.ts'

const COLUMN_NAMES = Object.keys(COLUMNS) as (keyof Entry)[]

/** The header line: the names of the table's columns. */
const HEADER = `${Object.values(COLUMNS).join(',')}\r\n`

/** The line of one entry, with its line break. */
function csvLine(entry: Entry): string {
  return `${COLUMN_NAMES.map((name) => cell(entry[name])).join(',')}\r\n`
}

/** Numbers stay as they are, because a spreadsheet takes only text for a formula. */
function cell(value: Entry[keyof Entry]): string {
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

/** How much text is buffered before it is written, in UTF-16 code units. */
const CHUNK = 65_536

/**
 * A target for CSV. `write` waits for a slow reader (back-pressure); both reject if writing fails.
 */
export interface CsvSink {
  write(entry: Entry): Promise<void>
  end(): Promise<void>
}

/** Opens a file, whose old content is lost, or standard output for "-". */
export async function openCsv(target: string): Promise<CsvSink> {
  const file = target === '-' ? null : await open(target, 'w')
  let buffered = HEADER
  const flush = async () => {
    const text = buffered
    buffered = ''
    await (file === null ? writeOut(text) : file.writeFile(text))
  }
  return {
    async write(entry) {
      buffered += csvLine(entry)
      if (buffered.length >= CHUNK) await flush()
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
