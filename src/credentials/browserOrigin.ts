/** Which pages may call an MCP endpoint (MCP 2025-11-25, Streamable HTTP, "Security Warning"). */
import type { Gateway } from '../config/gateway.ts'

const LOOPBACK = /^https?:\/\/(?:localhost|127\.0\.0\.1|\[::1\])(?::\d{1,5})?$/

/**
 * Whether an `Origin` is the gateway's own, one of the config's, or, for a gateway that is itself on
 * loopback, any on loopback: whoever runs it runs those too.
 */
export function mayCallMcp(origin: string, ownUrl: string, gateway: Gateway): boolean {
  if (origin === gateway.publicUrl || origin === new URL(ownUrl).origin) return true
  return (
    gateway.corsOrigins.has(origin) || (LOOPBACK.test(gateway.publicUrl) && LOOPBACK.test(origin))
  )
}
