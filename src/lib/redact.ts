/** The last line of defence for the log: what looks like a secret does not get in. */

const MAX_LENGTH = 500

/** Cuts a text for the log and blanks long hexadecimal runs, tokens, hashes and JWTs. */
export function redact(text: string): string {
  return text
    .slice(0, MAX_LENGTH)
    .replace(/[0-9a-fA-F]{24,}/g, '[redacted]')
    .replace(/[A-Za-z0-9_\-.+/=]{48,}/g, '[redacted]')
}

/** An error's innermost cause as one line. Outer messages may carry a query's parameters. */
export function describeCause(error: unknown): string {
  let inner = error
  for (let depth = 0; depth < 8 && inner instanceof Error && inner.cause != null; depth++) {
    inner = inner.cause
  }
  return redact(inner instanceof Error ? `${inner.name}: ${inner.message}` : String(inner))
}
