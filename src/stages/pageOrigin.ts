/** Does a page of a stranger call? An MCP endpoint refuses it, whatever credential it carries. */

import type { Config } from '../config/config.ts'
import { mayCallMcp } from '../credentials/browserOrigin.ts'
import { Problem } from '../http/problem.ts'
import type { Stage } from '../pipeline/context.ts'

/** 403 for an `Origin` that may not call (MCP 2025-11-25, Streamable HTTP). None is no page's. */
export function pageOrigin(config: Config): Stage {
  return async function pageOrigin(c, next) {
    const origin = c.req.header('origin')
    if (origin !== undefined && !mayCallMcp(origin, c.req.url, config)) {
      throw new Problem('cross_site_request', {
        message: 'Pages of that origin may not call this.',
      })
    }
    await next()
  }
}
