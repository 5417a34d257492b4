/** Reads `Idempotency-Key` (draft-ietf-httpapi-idempotency-key-header). */
import type { HeaderReader } from './headerReader.ts'
import { Problem } from './problem.ts'

/**
 * Returns the request's `Idempotency-Key`, unparsed; undefined if there is none. Throws
 * `invalid_input` if it is empty, too long, or has other than visible ASCII characters.
 */
export function idempotencyKeyOf(headers: HeaderReader): string | undefined {
  const key = headers.get('idempotency-key') ?? undefined
  if (key === undefined || /^[\x21-\x7e]{1,255}$/.test(key)) return key
  throw new Problem('invalid_input', {
    message: 'Idempotency-Key must be 1 to 255 visible ASCII characters.',
  })
}
