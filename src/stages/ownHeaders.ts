/** Headers that every answer carries: its request's name, and how a browser must take it. */
import type { Stage } from '../pipeline/call.ts'

export const ownHeaders: Stage = (next) => (call) => {
  call.said['x-request-id'] = call.id
  call.said['x-content-type-options'] = 'nosniff'
  if (call.url.startsWith('https:')) {
    call.said['strict-transport-security'] = 'max-age=31536000'
  }
  return next(call)
}
