/** The second path of an MCP endpoint. */
import type { Route } from './config.ts'

/**
 * The path of an MCP endpoint with a slash behind, "/mcp/", at which the endpoint answers as at its
 * own path: people type it so, and clients make it of "/mcp". Null for every other route.
 * See docs/decisions/0023.
 */
export function slashedPathOf({ protocol, segments }: Route): string | null {
  return protocol === 'mcp' ? `/${segments.join('/')}/` : null
}
