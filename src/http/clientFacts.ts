/** Facts about a client that the platform puts into `request.cf`. */

export interface ClientFacts {
  clientAcceptEncoding?: unknown
  httpProtocol?: unknown
}

/**
 * Returns the `Accept-Encoding` of the client, "" for none. The platform replaces the header by its
 * own value, and puts the client's value into `cf`.
 */
export function acceptEncodingOf(cf: ClientFacts | undefined, header: string | null): string {
  const encodings = cf?.clientAcceptEncoding
  return typeof encodings === 'string' ? encodings : (header ?? '')
}

/** Returns the version of a protocol as `Via` names it: "HTTP/2" → "2". */
export function versionOf(protocol: unknown): string {
  return typeof protocol === 'string' && /^HTTP\/[1-9](?:\.\d)?$/.test(protocol)
    ? protocol.slice(5)
    : '1.1'
}
