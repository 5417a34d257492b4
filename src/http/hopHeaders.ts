/** Headers that are for one connection, because its `Connection` header names them. */

/** The most names of a `Connection` header that are read. */
const MAX_NAMES = 64

/**
 * Returns the names that a `Connection` header has, in lower case (RFC 9110 section 7.6.1). Null if
 * it has none but the usual ones, which never pass.
 */
export function hopHeaders(connection: string | undefined): ReadonlySet<string> | null {
  if (connection === undefined || /^(?:keep-alive|close|upgrade)$/i.test(connection)) return null
  return new Set(
    connection
      .toLowerCase()
      .split(',', MAX_NAMES)
      .map((name) => name.trim()),
  )
}
