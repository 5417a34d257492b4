/** Does a page of another site call? An MCP endpoint refuses it, whatever credential it carries. */
import type { Config } from '../config/config.ts'
import { mayCallMcp } from '../credentials/browserOrigin.ts'
import { Problem } from '../http/problem.ts'
import type { Stage } from '../pipeline/call.ts'

/**
 * Throws cross_site_request for an `Origin` that may not call (MCP 2025-11-25, Streamable HTTP). A request
 * without `Origin` comes from no page.
 */
export function pageOrigin(config: Config): Stage {
  return (next) => (call) => {
    const origin = call.header('origin')
    if (origin !== null && !mayCallMcp(origin, call.ownOrigin, config)) {
      throw new Problem('cross_site_request', {
        message: 'Pages of that origin may not call this.',
      })
    }
    return next(call)
  }
}
