/** The forms that the authorization server takes: of OAuth clients, and of the consent page. */
import type { Parameters } from '../../credentials/oauth/parameters.ts'
import { Problem } from '../../http/problem.ts'
import type { Sentence } from '../../lib/locale.ts'
import type { Call } from '../../pipeline/call.ts'
import { readForm } from '../form.ts'

const MAX_FORM_BYTES = 16_384

/** The fields that a form may repeat: resources (RFC 8707), and the scopes that a person ticked. */
const LISTS = ['resource', 'scopes']

/** The form in a request's body. Throws invalid_request or payload_too_large. */
export function readOAuthForm({ request }: Call): Promise<Parameters> {
  return readForm(request, MAX_FORM_BYTES, 'invalid_request', LISTS)
}

/**
 * The value of a parameter. Throws invalid_request if the parameter is absent, empty or repeated.
 */
export function requiredParameter(parameters: Parameters, name: string): string {
  if (parameters.isRepeated(name)) throw invalidRequest(`Send ${name} only once.`)
  const value = parameters.get(name)
  if (value === undefined) throw invalidRequest(`${name} is missing.`)
  return value
}

/** The Problem invalid_request (RFC 6749 section 5.2) with a message of its own. */
export function invalidRequest(message: string): Problem {
  return new Problem('invalid_request', { message })
}

/** The same for a person: a sentence of the catalogue, whose English is the message. */
export function invalidRequestInWords(inWords: Sentence, more = ''): Problem {
  return new Problem('invalid_request', {
    message: inWords.en + more,
    ...(more === '' ? { inWords } : {}),
  })
}
