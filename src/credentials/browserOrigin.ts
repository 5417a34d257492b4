/**
 * Which browser pages may call an MCP endpoint (MCP 2025-11-25, Streamable HTTP, "Security
 * Warning").
 */
import type { Config } from '../config/config.ts'

const LOOPBACK_ORIGIN = /^https?:\/\/(?:localhost|127\.0\.0\.1|\[::1\])(?::\d{1,5})?$/

/**
 * Whether a page with this `Origin` may call an MCP endpoint: the origin is the gateway's own
 * (`config.publicUrl`, or `ownOrigin` as the request named it) or one of the config's
 * `cors.origins`. A gateway on loopback also takes every other origin on loopback, because the same
 * person runs both.
 */
export function mayCallMcp(origin: string, ownOrigin: string, config: Config): boolean {
  if (origin === config.publicUrl || origin === ownOrigin) return true
  return (
    config.cors.origins.has(origin) ||
    (LOOPBACK_ORIGIN.test(config.publicUrl) && LOOPBACK_ORIGIN.test(origin))
  )
}
