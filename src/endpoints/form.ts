/** Reads forms: of the gateway's own pages, and of OAuth clients. */
import { type Parameters, parseParameters } from '../credentials/oauth/parameters.ts'
import { readRequestBytes } from '../http/bodies/requestBody.ts'
import { Problem } from '../http/problem.ts'

/** The longest form of the gateway's own pages: a page to return to, and little else. */
export const MAX_FORM_BYTES = 16_384

/**
 * The fields of a form of at most `maxBytes` bytes. Parameters in the URL are ignored. Throws
 * payload_too_large or request_timeout; and the Problem `refusal` for a body that is not a form
 * (WHATWG URL section 5), breaks off, or has a field twice that is none of `lists`, or too many
 * fields.
 */
export async function readForm(
  request: Request,
  maxBytes: number,
  refusal: 'invalid_input' | 'invalid_request' = 'invalid_input',
  lists: readonly string[] = [],
): Promise<Parameters> {
  const type = request.headers.get('content-type') ?? ''
  if (!/^application\/x-www-form-urlencoded\s*(?:;|$)/i.test(type)) {
    throw new Problem(refusal, { message: 'Send the body as application/x-www-form-urlencoded.' })
  }
  const bytes = await readRequestBytes(request, maxBytes, refusal)
  const form = parseParameters(new TextDecoder().decode(bytes), lists)
  if (form.hasRepeated) throw new Problem(refusal, { message: 'Send each field only once.' })
  return form
}
