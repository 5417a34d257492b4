/** Reads the JSON bodies that endpoints of the route table take. */
import type * as z from 'zod/mini'
import { readText } from '../http/bodies/requestBody.ts'
import { Problem } from '../http/problem.ts'
import type { Call } from '../pipeline/call.ts'

/**
 * The request's body (at most `maxBytes` bytes), checked and typed by the schema; an empty body
 * stands for `{}`. Throws payload_too_large, invalid_json, or invalid_input with a message that
 * names the field.
 */
export async function readJsonBody<S extends z.ZodMiniType>(
  { request }: Pick<Call, 'request'>,
  schema: S,
  maxBytes: number,
): Promise<z.infer<S>> {
  const text = await readText(request, maxBytes)
  const result = schema.safeParse(text.trim() === '' ? {} : parseRequestJson(text))
  if (result.success) return result.data
  const [issue] = result.error.issues
  const unknown = issue?.code === 'unrecognized_keys'
  const field = unknown ? issue.keys[0]?.slice(0, 40) : issue?.path.join('.')
  // A field's own sentence says what would be right.
  const own = issue?.code === 'custom' || issue?.code === 'invalid_format' ? issue.message : ''
  const message = unknown
    ? `Unknown field "${field}".`
    : own || `Invalid value for "${field || 'body'}".`
  throw new Problem('invalid_input', { message, cause: result.error.issues.length })
}

function parseRequestJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw new Problem('invalid_json')
  }
}
