/** An echo for tests: answers the request as it arrived, in the way that the query asks for. */
import type { Context } from 'hono'
import type { Assertion } from './assertion.ts'
import { streamOf } from './events.ts'
import { badRequest, type InputFields, wholeNumber } from './input.ts'

/**
 * A request as it arrived: `query` is the raw text after the `?`; header names are in lower case.
 */
export type Arrival = {
  method: string
  path: string
  query: string
  headers: Record<string, string>
}

const MAX_STREAM_BYTES = 20 * 1024 * 1024
const CHUNK_BYTES = 64 * 1024
const MAX_TEXT_CHARACTERS = 4096
const NULL_BODY_STATUSES = [204, 205, 304]

/** The request line and the headers exactly as the origin received them. */
export function arrivalOf(request: Request): Arrival {
  const { pathname, search } = new URL(request.url)
  return {
    method: request.method,
    path: pathname,
    query: search.slice(1),
    headers: Object.fromEntries(request.headers),
  }
}

/**
 * Answers `{method, path, query, headers, body, assertion}`. The query steers the answer: `status`,
 * `delayMs`, `bytes` (a streamed body of that length), `set=name:value` (repeatable), `redirect`.
 */
export async function echo(c: Context, assertion: Assertion): Promise<Response> {
  const redirect = c.req.query('redirect')
  const status = wholeNumber(c, 'status', { min: 200, max: 599, fallback: redirect ? 302 : 200 })
  const delayMs = wholeNumber(c, 'delayMs', { min: 0, max: 60_000, fallback: 0 })
  const length = wholeNumber(c, 'bytes', { min: 0, max: MAX_STREAM_BYTES, fallback: 0 })
  const headers = headersToSet(c.req.queries('set') ?? [], redirect)
  const seen = { ...arrivalOf(c.req.raw), body: await bodySeen(c.req.raw), assertion }

  if (delayMs > 0) await scheduler.wait(delayMs)
  if (NULL_BODY_STATUSES.includes(status)) return new Response(null, { status, headers })
  if (c.req.query('bytes') === undefined) return Response.json(seen, { status, headers })
  if (!headers.has('content-type')) headers.set('content-type', 'application/octet-stream')
  return new Response(streamOf(filler(length)), { status, headers })
}

/** The headers that the query asks for. Throws a 400 if HTTP does not allow a name or value. */
function headersToSet(pairs: string[], redirect: string | undefined): Headers {
  const headers = new Headers()
  try {
    if (redirect) headers.set('location', redirect)
    for (const pair of pairs) {
      const colon = pair.indexOf(':')
      // The `Headers` of workerd accept an empty name without an error.
      if (colon < 1) throw new TypeError('A header needs a name.')
      headers.append(pair.slice(0, colon), pair.slice(colon + 1))
    }
  } catch {
    throw badRequest('invalid_input', 'set must be name:value, and redirect a URL.')
  }
  return headers
}

/**
 * The body as the origin received it: its length, its SHA-256 in hexadecimal, and its first
 * characters.
 */
async function bodySeen(request: Request): Promise<InputFields> {
  const bytes = new Uint8Array(await request.arrayBuffer())
  const hash = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes))
  // No character has more than four bytes, so the rest of the body need not be decoded.
  const start = new TextDecoder().decode(bytes.subarray(0, 4 * MAX_TEXT_CHARACTERS))
  return {
    bytes: bytes.length,
    sha256: Array.from(hash, (byte) => byte.toString(16).padStart(2, '0')).join(''),
    text: start.slice(0, MAX_TEXT_CHARACTERS),
  }
}

async function* filler(length: number): AsyncGenerator<Uint8Array, void> {
  for (let left = length; left > 0; left -= CHUNK_BYTES) {
    yield new Uint8Array(Math.min(left, CHUNK_BYTES)).fill(0x2e)
  }
}
