/** Adds the headers that every answer carries. */
import type { Stage } from '../pipeline/call.ts'

/** Adds the request's id, `nosniff`, and HSTS (RFC 6797) for an https URL. */
export const ownHeaders: Stage = (next) => (call) => {
  call.responseHeaders['x-request-id'] = call.id
  call.responseHeaders['x-content-type-options'] = 'nosniff'
  if (call.url.startsWith('https:')) {
    call.responseHeaders['strict-transport-security'] = 'max-age=31536000'
  }
  return next(call)
}
