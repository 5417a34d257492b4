/** The two forms of a client id: a UUID from registration, or the URL of a metadata document. */

/** The longest document URL, in characters. */
const MAX_URL = 512

/** Whether a client id has the form that registration gives: a UUID of version 4 (RFC 9562). */
export function isRegisteredId(id: string): boolean {
  return /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/.test(id)
}

/**
 * Whether a client id is the URL of a document that may be fetched: https on a public host, without
 * a port, with a path, and with nothing that two parsers could read differently
 * (draft-ietf-oauth-client-id-metadata-document section 3).
 */
export function isDocumentUrl(id: string): boolean {
  if (id.length > MAX_URL) return false
  const match = /^https:\/\/([a-z0-9.-]+)((?:\/[A-Za-z0-9\-._~%!$&'()+,=:@]*)+)$/.exec(id)
  if (match === null || !URL.canParse(id)) return false
  const [, host = '', path = ''] = match
  // A URL that a parser rewrites is refused: it has dot segments, or a number as its host.
  return new URL(id).href === id && path !== '/' && !/%2e/i.test(path) && isPublicHost(host)
}

/** Host names that never belong to the public Internet (RFC 6761, RFC 6762, RFC 8375, RFC 9476). */
const SPECIAL_USE =
  /\.(?:localhost|local|internal|intranet|lan|home|corp|alt|onion|arpa|test|invalid)$/

/**
 * Whether a host is a name of the public Internet: neither an IP address nor a name of a private
 * network. The name must have a dot, and its last label must contain a letter.
 */
function isPublicHost(host: string): boolean {
  const labels = host.split('.')
  const isPlain = labels.every((label) => /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/.test(label))
  const hasSuffix = labels.length > 1 && /[a-z]/.test(labels.at(-1) ?? '')
  return isPlain && hasSuffix && !SPECIAL_USE.test(host)
}
