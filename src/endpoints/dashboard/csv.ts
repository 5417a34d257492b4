/** Files of CSV that are sent while they are read, so that they may have any number of lines. */
import { type CsvCell, csvLine } from '../../lib/csv.ts'

/** The lines of a file, a part at a time. */
export type CsvParts = AsyncIterator<readonly (readonly CsvCell[])[], void>

/**
 * Answers with a file. The first part is read before the answer begins, so that a store that fails
 * is an error; a later failure breaks the file off, so that it is never taken for whole.
 */
export async function csvFile(
  name: string,
  columns: readonly string[],
  parts: CsvParts,
): Promise<Response> {
  const encoder = new TextEncoder()
  const encoded = (lines: readonly (readonly CsvCell[])[]) =>
    encoder.encode(lines.map(csvLine).join(''))
  const first = await parts.next()
  let waiting: Uint8Array | null = encoded([columns, ...(first.done ? [] : first.value)])
  const body = new ReadableStream<Uint8Array>({
    async pull(controller) {
      if (waiting !== null) {
        controller.enqueue(waiting)
        waiting = null
        return
      }
      const next = await parts.next()
      if (next.done) controller.close()
      else controller.enqueue(encoded(next.value))
    },
    async cancel() {
      await parts.return?.()
    },
  })
  return new Response(body, {
    headers: {
      'content-type': 'text/csv; charset=utf-8; header=present',
      'content-disposition': `attachment; filename="${name}"`,
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
    },
  })
}

/**
 * Reads a list in parts of `limit` rows: `read` gets the last row of the part before, or null, and
 * resolves to the rows that follow it. The list has ended with the first part that is not full.
 */
export async function* inParts<T>(
  limit: number,
  read: (after: T | null) => Promise<readonly T[]>,
): AsyncGenerator<readonly T[], void> {
  let after: T | null = null
  do {
    const part: readonly T[] = await read(after)
    if (part.length > 0) yield part
    after = part.length < limit ? null : (part.at(-1) ?? null)
  } while (after !== null)
}
