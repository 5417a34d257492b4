import type { HeaderFields } from '../headerFields.ts'

/** Returns the length that a `Content-Length` declares, or null if it declares none that counts. */
export const lengthIn = (header: string | null | undefined): number | null =>
  header != null && /^[0-9]{1,15}$/.test(header) ? Number(header) : null

/**
 * Returns the length that a message declares, or null if it declares none that counts: beside
 * chunks none does (RFC 9112 section 6.3). The platform's framing enforces the length.
 */
export function declaredLength(headers: HeaderFields): number | null {
  return headers.has('transfer-encoding') ? null : lengthIn(headers.get('content-length'))
}

/**
 * Whether a body with this `Transfer-Encoding` is itself when its chunks are put together: the
 * platform undoes no other coding (RFC 9112 section 6.1), and does not pass it on.
 */
export const isPlainCoding = (header: string | undefined): boolean =>
  header === undefined || /^(?:chunked|identity)$/i.test(header)
