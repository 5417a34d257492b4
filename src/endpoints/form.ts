/** Reads forms: of the gateway's own pages, and of OAuth clients. */
import { type Parameters, parseParameters } from '../credentials/oauth/parameters.ts'
import { readBytes } from '../http/body.ts'
import { Problem } from '../http/problem.ts'

/** The longest form of the gateway's own pages: a page to return to, and little else. */
export const MAX_FORM_BYTES = 16_384

/**
 * The fields of a form of at most `maxBytes` bytes. Parameters in the URL are ignored. Throws
 * payload_too_large; and the Problem `refusal` for a body that is not a form (WHATWG URL section
 * 5), cannot be read, or has a field twice that is none of `lists`, or too many fields.
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
  const bytes = await readBytes(request.body, maxBytes).catch((cause) => {
    throw new Problem(refusal, { cause })
  })
  if (bytes === null) throw new Problem('payload_too_large')
  const form = parseParameters(new TextDecoder().decode(bytes), lists)
  if (form.hasRepeated) throw new Problem(refusal, { message: 'Send each field only once.' })
  return form
}
