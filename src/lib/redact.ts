/** The last line of defence for the log: what looks like a secret does not get in. */

const MAX_SHOWN_LENGTH = 500

/** Names of ours, which are no secrets: the log is searched by them. Or a long hexadecimal run. */
const NAME_OR_HEX = /\b(?:acc|grt|ses)_[0-9a-f]{24}\b|[0-9a-fA-F]{24,}/g

/** Blanks tokens, JWTs, hashes and long hexadecimal runs, on one line, and cuts what is left. */
export function redact(text: string): string {
  return (
    text
      .replace(/([A-Za-z]{1,8}_)?[A-Za-z0-9_\-.+]{44,}/g, '$1[redacted]')
      // Base64 may have slashes; so have paths, which stay, but no "+".
      .replace(/(?<![A-Za-z0-9/])[A-Za-z0-9/]*\+[A-Za-z0-9+/]{43,}={0,2}/g, '[redacted]')
      .replace(NAME_OR_HEX, (run) => (run.includes('_') ? run : '[redacted]'))
      .replace(/\s+/g, ' ')
      .slice(0, MAX_SHOWN_LENGTH)
  )
}

/** An error's innermost cause as one line. Outer messages may carry a query's parameters. */
export function describeCause(error: unknown): string {
  let inner = error
  for (let depth = 0; depth < 8 && inner instanceof Error && inner.cause != null; depth++) {
    inner = inner.cause
  }
  if (inner instanceof Error) return redact(`${inner.name}: ${inner.message}`)
  return redact(typeof inner === 'object' && inner !== null ? 'no Error' : String(inner))
}
