/** Decides where a person may be sent after signing in: only to a path on our own host. */
import type { Target } from './path.ts'

/** In characters: room for an authorization request's parameters, and below every limit on URLs. */
export const MAX_RETURN_PATH_LENGTH = 8_192

/**
 * The longest return path once it is a field of a form or of another URL, in characters. With the
 * rest of either it stays below what the gateway reads.
 */
const MAX_ENCODED_LENGTH = 15_000

/**
 * Plain segments, then perhaps a query. The path has no second slash in a row, backslash, dot
 * segment, encoded character or control character, so that no parser can read another host out of
 * it. The query has what a URL parser leaves as it is, except a backslash and a bare "%".
 */
const OWN_PATH =
  /^\/(?:[A-Za-z0-9_-]+(?:\/[A-Za-z0-9_-]+)*)?(?:\?(?:[A-Za-z0-9\-._~!$&'()*+,;=:@/?|[\]{}^`]|%[0-9A-Fa-f]{2})*)?$/

/** A character that a URL's query can have, and a return path has only encoded. */
const TO_ENCODE = /%(?![0-9A-Fa-f]{2})|[^!-~]|["<>\\]/gu

/** The path and query as given if they stay on our host, else null. */
export function parseReturnPath(asked: string): string | null {
  if (asked.length > MAX_RETURN_PATH_LENGTH || !OWN_PATH.test(asked)) return null
  return new URLSearchParams({ return: asked }).toString().length > MAX_ENCODED_LENGTH
    ? null
    : asked
}

/**
 * The return path that leads back to a page that was asked for, with the same parameters; null if
 * it is too long.
 */
export function returnPathOf({ path, query }: Target): string | null {
  if (query.length > MAX_RETURN_PATH_LENGTH) return null
  return parseReturnPath(path + query.replace(TO_ENCODE, encodeURIComponent))
}
