/** Writes entries as CSV to a file or to standard output. */
import { open } from 'node:fs/promises'
import { csvLine } from '../../../src/lib/csv.ts'
import { COLUMNS } from '../../../src/store/ledger/entryStatements.ts'
import type { Entry } from '../read/entry.ts'

const COLUMN_NAMES = Object.keys(COLUMNS) as (keyof Entry)[]

/** The header line: the names of the table's columns. */
const HEADER = `${Object.values(COLUMNS).join(',')}\r\n`

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
      buffered += csvLine(COLUMN_NAMES.map((name) => entry[name]))
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
