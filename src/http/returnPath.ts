/** Decides where a person may be sent after signing in: only to a path on our own host. */

/** In characters: room for an authorization request's parameters, and below every limit on URLs. */
const MAX_RETURN_PATH_LENGTH = 8_192

/**
 * Plain segments, then perhaps a query. The path has no second slash in a row, backslash, dot
 * segment, encoded character or control character, so that no parser can read another host out of
 * it.
 */
const OWN_PATH =
  /^\/(?:[A-Za-z0-9_-]+(?:\/[A-Za-z0-9_-]+)*)?(?:\?(?:[A-Za-z0-9\-._~!$&'()*+,;=:@/?]|%[0-9A-Fa-f]{2})*)?$/

/** The path and query as given if they stay on our host, else null. */
export function parseReturnPath(asked: string): string | null {
  return asked.length <= MAX_RETURN_PATH_LENGTH && OWN_PATH.test(asked) ? asked : null
}
