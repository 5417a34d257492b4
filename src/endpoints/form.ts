/** Reading forms: those of our own pages, and those that OAuth clients send. */
import { type Parameters, parseParameters } from '../credentials/oauth/parameters.ts'
import { readBytes } from '../http/body.ts'
import { Problem } from '../http/problem.ts'

/**
 * The fields of a form, of at most `maxBytes`; what is in the URL is not read. Throws payload_too_large;
 * `refusal` for a body that is no form (WHATWG URL section 5), or that gives a field twice.
 */
export async function readForm(
  request: Request,
  maxBytes: number,
  refusal: 'invalid_input' | 'invalid_request' = 'invalid_input',
): Promise<Parameters> {
  const type = request.headers.get('content-type') ?? ''
  if (!/^application\/x-www-form-urlencoded\s*(?:;|$)/i.test(type)) {
    throw new Problem(refusal, { message: 'Send a form: application/x-www-form-urlencoded.' })
  }
  const bytes = await readBytes(request.body, maxBytes).catch((cause) => {
    throw new Problem(refusal, { cause })
  })
  if (bytes === null) throw new Problem('payload_too_large')
  const form = parseParameters(new TextDecoder().decode(bytes))
  if (form.hasRepeated) throw new Problem(refusal, { message: 'A field may come only once.' })
  return form
}
