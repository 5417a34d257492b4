/** Forms of config fields that more than one part of the schema has. */
import * as z from 'zod/mini'
import { parseDurationMs } from '../lib/time.ts'

/** A string that a parser reads; the parser's null becomes the sentence. */
export function text<T>(parse: (value: string) => T | null, expected: string) {
  return z.pipe(
    z.string(),
    z.transform((value: string, context) => {
      const parsed = parse(value)
      if (parsed !== null) return parsed
      context.issues.push({ code: 'custom', message: `"${value}" ${expected}`, input: value })
      return z.NEVER
    }),
  )
}

export const duration = text(
  parseDurationMs,
  'is no duration; write one like "500ms", "10s", "5m", "30d"',
)
export const bindingName = z
  .string()
  .check(z.regex(/^[A-Z][A-Z0-9_]*$/, 'must be a binding name, like "ORIGIN_URL"'))
