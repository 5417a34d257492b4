/** Parses JSON in UTF-8 (RFC 8259). */

/** Returns the value that the bytes hold, or undefined if they are not JSON in UTF-8. */
export function parseJsonBytes(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true, ignoreBOM: false }).decode(bytes))
  } catch {
    return undefined
  }
}
