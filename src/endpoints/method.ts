/** The methods that one of the gateway's own paths takes. */
import { Problem } from '../http/problem.ts'
import type { Call } from '../pipeline/call.ts'

/**
 * Throws method_not_allowed, with `Allow`, unless the call's method is one of these (RFC 9110
 * section 15.5.6).
 */
export function requireMethod(call: Call, ...methods: string[]): void {
  if (methods.includes(call.method)) return
  throw new Problem('method_not_allowed', { headers: { allow: methods.join(', ') } })
}
