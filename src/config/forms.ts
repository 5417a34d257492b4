/** The forms of fields that several parts of the config file have. */
import * as z from 'zod/mini'
import { parseDurationMs } from '../lib/time.ts'

/** A number of ms, s, m (minutes), h or d (days), at most 366 days: "500ms", "10s", "30d". */
export type Duration = string

/** "20/60s": at most 20 requests in a window of 60 seconds; or "unlimited". */
export type LimitText = string

/**
 * A limit of accounts, with the way in which the isolates count it together: "20/60s strict", or
 * "20/60s fast", which is the same as "20/60s".
 *
 * - "strict": the account's object counts each request before the origin is asked. Exact, but each
 *   request waits for the object, and is 503 if the object does not answer.
 * - "fast": the isolate counts, and the object corrects it in the background. No request waits, but
 *   several isolates together can let more through for a short time (docs/limits.md).
 */
export type SharedLimitText = string

/** A number of bytes, at most 100 MiB: "512b", "16kb" (of 1,024 bytes), "1mb". */
export type Size = string

/**
 * The schema of a string that `parse` reads. Where `parse` gives null, the complaint is the value
 * in quotes, without what stands before the "@" of a URL, and `expected`, which says what would be
 * right.
 */
export function text<T>(parse: (value: string) => T | null, expected: string) {
  return z.pipe(
    z.string(),
    z.transform((value: string, context) => {
      const parsed = parse(value)
      if (parsed !== null) return parsed
      const shown = value.replace(/\/\/.*@/s, '//…@')
      context.issues.push({ code: 'custom', message: `"${shown}" ${expected}`, input: value })
      return z.NEVER
    }),
  )
}

/** A duration → milliseconds. */
export const duration = text(
  parseDurationMs,
  'is not a duration; write one like "500ms", "10s", "5m", "30d"',
)

/** A duration that may be "0s" → milliseconds, up to `most`. */
export const durationUpTo = (most: Duration) =>
  text((value) => {
    const ms = value === '0s' ? 0 : parseDurationMs(value)
    return ms === null || ms > (parseDurationMs(most) ?? 0) ? null : ms
  }, `is not a duration of at most "${most}"; write one like "500ms", "10s", or "0s" for none`)

/** The names of the gateway's own bindings. */
const OWN_BINDINGS = /^(?:DB|SESSIONS|CHARGES|CHANNELS|ACCOUNTS|ADDRESSES|REQUESTS)$/
/** The names of its secrets, of which each may have values beside it (`lib/secretValues.ts`). */
const OWN_SECRETS =
  /^(?:(?:KEY_TAG|PAYMENT|HEALTH)_SECRET|ASSERTION_KEYS|(?:SETTLEMENT|FEE_PAYER)_KEY)(?:_[2-9])?$/

/** The name of a variable, secret or binding of the Worker, which is not one of the gateway's. */
export const bindingName = z.string().check(
  z.regex(
    /^[A-Z][A-Z0-9_]*$/,
    'must be the name of a variable, secret or binding in capitals, like "ORIGIN_URL", not its value',
  ),
  z.refine(
    (name) => !OWN_BINDINGS.test(name) && !OWN_SECRETS.test(name),
    "is a name of the gateway's own; choose another",
  ),
)
