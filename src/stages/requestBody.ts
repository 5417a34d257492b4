/** May it have a body? */
import type { HeaderFields } from '../http/headerFields.ts'
import { onlyReads } from '../http/methods.ts'
import { Problem } from '../http/problem.ts'
import type { Stage } from '../pipeline/call.ts'

/**
 * Throws `invalid_input` for a GET or HEAD with a body, which has no meaning (RFC 9110 section
 * 9.3.1). The platform would send the request without it.
 */
export const requestBody: Stage = (next) => (call) => {
  const { method, headers } = call
  if (onlyReads(method) && hasBody(headers)) {
    const message = `A ${method} request must not have a body. Put its parameters into the query.`
    throw new Problem('invalid_input', { message })
  }
  return next(call)
}

/** Whether a request's headers announce a body (RFC 9112 section 6). */
function hasBody(headers: HeaderFields): boolean {
  if (headers.has('transfer-encoding')) return true
  const length = headers.get('content-length')
  return length !== undefined && !/^0+$/.test(length)
}
