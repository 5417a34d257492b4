/** Where a person goes after signing in: a path of our own, whatever was asked for. */

/** An authorization request may carry long parameters; still this is within every limit on URLs. */
const MAX_RETURN_PATH_LENGTH = 8_192

/**
 * Plain segments, then perhaps a query. A second slash, a backslash, a dot segment, an encoded or a
 * control character in the path has no place in it, so that no parser reads another host out of it.
 */
const OWN_PATH =
  /^\/(?:[A-Za-z0-9_-]+(?:\/[A-Za-z0-9_-]+)*)?(?:\?(?:[A-Za-z0-9\-._~!$&'()*+,;=:@/?]|%[0-9A-Fa-f]{2})*)?$/

/** The path and query if it is one of ours, else null. */
export function parseReturnPath(asked: string): string | null {
  return asked.length <= MAX_RETURN_PATH_LENGTH && OWN_PATH.test(asked) ? asked : null
}
