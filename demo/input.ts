/**
 * Reads the input of a request: numbers and pages from the query, JSON from the body. Throws a 400.
 */
import type { Context } from 'hono'
import { HTTPException } from 'hono/http-exception'

/** A JSON object with unknown fields. */
export type InputFields = Record<string, unknown>

/**
 * The number of items of each sample list, so that a client that follows the pages comes to an end.
 */
const SAMPLE_TOTAL = 250

/** A 400 to throw. Its body is `{"error","message"}`, like the gateway's own errors. */
export function badRequest(
  error: 'invalid_input' | 'invalid_json',
  message: string,
): HTTPException {
  return new HTTPException(400, { res: Response.json({ error, message }, { status: 400 }) })
}

/**
 * A whole number from the query, or `fallback` if it is absent. Throws a 400 outside [min, max].
 */
export function wholeNumber(
  c: Context,
  name: string,
  { min, max, fallback }: { min: number; max: number; fallback: number },
): number {
  const text = c.req.query(name)
  if (text === undefined) return fallback
  const value = /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN
  if (value >= min && value <= max) return value
  throw badRequest('invalid_input', `${name} must be a whole number from ${min} to ${max}.`)
}

/**
 * One page of a list as `{[name]: Item[], has_next_page, next_cursor}`. `limit` is 1 to 100 (20 if
 * absent); `cursor` is the `next_cursor` of the page before (an index).
 */
export function pageOf<Item>(
  c: Context,
  name: string,
  itemAt: (index: number) => Item,
  total = SAMPLE_TOTAL,
): InputFields {
  const limit = wholeNumber(c, 'limit', { min: 1, max: 100, fallback: 20 })
  const start = wholeNumber(c, 'cursor', { min: 0, max: total, fallback: 0 })
  const end = Math.min(start + limit, total)
  return {
    [name]: Array.from({ length: end - start }, (_, offset) => itemAt(start + offset)),
    has_next_page: end < total,
    next_cursor: end < total ? String(end) : null,
  }
}

/** The body as a JSON object. Throws a 400 if it is none. */
export async function jsonObject(c: Context): Promise<InputFields> {
  const body: unknown = await c.req.json().catch(() => {
    throw badRequest('invalid_json', 'The body must be JSON.')
  })
  if (isInputFields(body)) return body
  throw badRequest('invalid_input', 'The body must be a JSON object.')
}

function isInputFields(value: unknown): value is InputFields {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
