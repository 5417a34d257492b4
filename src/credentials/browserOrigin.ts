/** Which pages may call an MCP endpoint (MCP 2025-11-25, Streamable HTTP, "Security Warning"). */
import type { Config } from '../config/config.ts'

const LOOPBACK_ORIGIN = /^https?:\/\/(?:localhost|127\.0\.0\.1|\[::1\])(?::\d{1,5})?$/

/**
 * Whether an `Origin` is the gateway's own, one of the config's, or, for a gateway that is itself on
 * loopback, any on loopback: whoever runs it runs those too.
 */
export function mayCallMcp(origin: string, ownUrl: string, config: Config): boolean {
  if (origin === config.publicUrl || origin === new URL(ownUrl).origin) return true
  return (
    config.corsOrigins.has(origin) ||
    (LOOPBACK_ORIGIN.test(config.publicUrl) && LOOPBACK_ORIGIN.test(origin))
  )
}
