/**
 * May that page call? An MCP endpoint refuses pages of other sites, whatever credential they send.
 * See docs/decisions/0014.
 */
import type { Config } from '../config/config.ts'
import { mayCallMcp } from '../credentials/browserOrigin.ts'
import { Problem } from '../http/problem.ts'
import type { Stage } from '../pipeline/call.ts'

/**
 * Throws `cross_site_request` for an `Origin` that may not call the endpoint (MCP 2025-11-25,
 * Streamable HTTP). A request without `Origin` does not come from a page, and passes.
 */
export function pageOrigin(config: Config): Stage {
  return (next) => (call) => {
    const origin = call.header('origin')
    if (origin !== null && !mayCallMcp(origin, call.ownOrigin, config)) {
      throw new Problem('cross_site_request', {
        message: 'Pages of this origin may not call this endpoint.',
      })
    }
    return next(call)
  }
}
