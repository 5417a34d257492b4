/** Keeps secrets out of the log: the last line of defence, applied to every string. */

const MAX_SHOWN_LENGTH = 500

/**
 * Ids of accounts, grants and sessions, which stay because operators search the log for them; or a
 * long hexadecimal run, which does not.
 */
const NAME_OR_HEX = /\b(?:acc|grt|ses)_[0-9a-f]{24}\b|[0-9a-fA-F]{24,}/g

/**
 * A text for the log: tokens, JWTs, hashes and long hexadecimal runs become "[redacted]", white
 * space becomes single spaces, and the result is cut at 500 characters.
 */
export function redact(text: string): string {
  return (
    text
      .replace(/([A-Za-z]{1,8}_)?[A-Za-z0-9_\-.+]{44,}/g, '$1[redacted]')
      // Base64 may have slashes. Paths have slashes too, but no "+", and must stay readable.
      .replace(/(?<![A-Za-z0-9/])[A-Za-z0-9/]*\+[A-Za-z0-9+/]{43,}={0,2}/g, '[redacted]')
      .replace(NAME_OR_HEX, (run) => (run.includes('_') ? run : '[redacted]'))
      .replace(/\s+/g, ' ')
      .slice(0, MAX_SHOWN_LENGTH)
  )
}

/** Matches an e-mail address, which services quote in their refusals. */
const EMAIL_ADDRESS = /[^\s@<>()"',:;]{1,64}@[^\s@<>()"',:;]{1,255}/g

/** Matches what the parser of JSON quotes of a text that is no JSON: it may be a secret's part. */
const QUOTED_JSON = /^Unexpected .*is not valid JSON$/s

/**
 * An error's innermost cause as one redacted line, without e-mail addresses, and without the text
 * that a parser quotes. Outer messages may carry SQL parameters.
 */
export function describeCause(error: unknown): string {
  let inner = error
  for (let depth = 0; depth < 8 && inner instanceof Error && inner.cause != null; depth++) {
    inner = inner.cause
  }
  if (typeof inner === 'object' && inner !== null && !(inner instanceof Error)) return 'no Error'
  const text =
    inner instanceof Error
      ? `${inner.name}: ${inner.message.replace(QUOTED_JSON, 'not valid JSON')}`
      : String(inner)
  return redact(text.replace(EMAIL_ADDRESS, '[address]'))
}
