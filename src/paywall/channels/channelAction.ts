/** Tells channel management from calls of a route (draft-tempo-session section 8). */
import type { Call } from '../../pipeline/call.ts'

/**
 * Whether a request is a call for the origin, or only manages its channel. Decided by the rules of
 * mppx.
 */
export function isCall(call: Call, action: unknown, hasBody: boolean): boolean {
  if (action === 'topUp' || action === 'close') return false
  const { method } = call
  return method === 'POST' ? hasBody || call.target.query !== '' : method !== 'HEAD'
}
