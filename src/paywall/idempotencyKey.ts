/** Reads the `Idempotency-Key` of a paid call. */
import { Problem } from '../http/problem.ts'
import type { Call } from '../pipeline/call.ts'

/**
 * Returns the request's `Idempotency-Key` (draft-ietf-httpapi-idempotency-key-header), unparsed.
 * Throws `invalid_input` if it is empty, too long, or has other than visible ASCII characters.
 */
export function idempotencyKeyOf(call: Call): string | undefined {
  const key = call.headers.get('idempotency-key')
  if (key === undefined || /^[\x21-\x7e]{1,255}$/.test(key)) return key
  throw new Problem('invalid_input', {
    message: 'Idempotency-Key must be 1 to 255 visible ASCII characters.',
  })
}
