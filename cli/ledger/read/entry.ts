/** One entry of the ledger: how it is queried, and how a row is checked before it counts. */
import { z } from 'zod'
import type { ledgerEntries } from '../../../src/store/schema.ts'

/**
 * The columns of the table by their names in code. A column that is missing here does not compile.
 */
export const COLUMNS = {
  id: 'id',
  eventId: 'event_id',
  kind: 'kind',
  account: 'account',
  amount: 'amount',
  currency: 'currency',
  challengeId: 'challenge_id',
  row: 'row',
  payer: 'payer',
  mode: 'mode',
  transaction: 'transaction',
  requestId: 'request_id',
  at: 'at',
  channelId: 'channel_id',
} satisfies Record<keyof typeof ledgerEntries.$inferSelect, string>

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

/**
 * The SQL of a page of entries with ids above `afterId`, in the order in which they were written.
 */
export function pageQuery(afterId: number, limit: number): string {
  const columns = Object.entries(COLUMNS).map(([name, column]) =>
    name === 'amount' ? `cast("amount" as text) as "amount"` : `"${column}" as "${name}"`,
  )
  const which = `where "id" > ${afterId} order by "id" limit ${limit}`
  return `select ${columns.join(', ')} from "ledger_entries" ${which}`
}

/** Reads a row of a `pageQuery`. Throws an error that names the entry and the wrong column. */
export function parseEntry(row: unknown): Entry {
  const parsed = entrySchema.safeParse(row)
  if (parsed.success) return parsed.data
  const id = z.object({ id: z.number() }).safeParse(row).data?.id ?? 'without an id'
  const [issue] = parsed.error.issues
  throw new Error(`entry ${id}: ${issue?.path.join('.')}: ${issue?.message}`)
}
