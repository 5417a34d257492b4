/** Entries of the ledger: how they are read, and how a row is checked before it counts. */
import { z } from 'zod'
import { pageQuery } from '../../../src/store/ledger/entryStatements.ts'
import type { Ask, Span } from '../../../src/store/ledger/reportStatements.ts'

/** How many entries one query asks for. */
const PAGE_SIZE = 5_000

/** Kinds, accounts and modes may be any text, so that entries of a newer gateway count too. */
const entrySchema = z.object({
  id: z.number().int(),
  eventId: z.string(),
  kind: z.string(),
  account: z.string(),
  /**
   * In the currency's smallest unit. The query casts the amount to text, because JSON rounds large
   * numbers.
   */
  amount: z
    .string()
    .regex(/^-?\d+$/, 'must be an integer')
    .transform(BigInt),
  currency: z.string(),
  challengeId: z.string(),
  row: z.string(),
  payer: z.string(),
  mode: z.string(),
  transaction: z.string().nullable(),
  requestId: z.string(),
  at: z.number().int(),
  channelId: z.string().nullable(),
})

export type Entry = z.infer<typeof entrySchema>

/** Reads a row of entries. Throws an error that names the entry and the wrong column. */
export function parseEntry(row: unknown): Entry {
  const parsed = entrySchema.safeParse(row)
  if (parsed.success) return parsed.data
  const id = z.object({ id: z.number() }).safeParse(row).data?.id ?? 'without an id'
  const [issue] = parsed.error.issues
  throw new Error(`entry ${id}: ${issue?.path.join('.')}: ${issue?.message}`)
}

/**
 * All entries of a span, the oldest first. Entries that are written meanwhile are no trouble,
 * because ids only grow and all entries of an event are written at once.
 */
export async function* readEntries(ask: Ask, span: Span | null): AsyncGenerator<Entry> {
  for (let lastId = 0, more = true; more; ) {
    const rows = await ask(pageQuery(lastId, PAGE_SIZE, span))
    for (const row of rows) {
      const entry = parseEntry(row)
      lastId = entry.id
      yield entry
    }
    more = rows.length === PAGE_SIZE
  }
}
