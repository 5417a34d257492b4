/** The two forms of a client id: a UUID that we gave, or the URL of the client's metadata document. */

/** The longest document URL, in characters. */
const MAX_URL = 512

/** Whether it has the form of an id that we gave (RFC 9562). */
export function isRegisteredId(id: string): boolean {
  return /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/.test(id)
}

/**
 * Whether it is the URL of a document that may be fetched: https on a public host's own port, with a
 * path, and nothing that two parsers could read differently
 * (draft-ietf-oauth-client-id-metadata-document section 3).
 */
export function isDocumentUrl(id: string): boolean {
  if (id.length > MAX_URL) return false
  const match = /^https:\/\/([a-z0-9.-]+)((?:\/[A-Za-z0-9\-._~%!$&'()+,=:]*)+)$/.exec(id)
  if (match === null || !URL.canParse(id)) return false
  const [, host = '', path = ''] = match
  // What a parser would rewrite (dot segments, a number as a host) is not taken.
  return new URL(id).href === id && path !== '/' && !/%2e/i.test(path) && isPublicHost(host)
}

/** Names that are never of the public Internet (RFC 6761, RFC 6762, RFC 8375, RFC 9476). */
const SPECIAL = /\.(?:localhost|local|internal|intranet|lan|home|corp|alt|onion|arpa|test|invalid)$/

/** A name with a dot and a last label that is no number: neither an address nor a name of a private network. */
function isPublicHost(host: string): boolean {
  const labels = host.split('.')
  const plain = labels.every((label) => /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/.test(label))
  return plain && labels.length > 1 && /[a-z]/.test(labels.at(-1) ?? '') && !SPECIAL.test(host)
}
