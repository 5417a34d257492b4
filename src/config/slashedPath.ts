/** The second path of an MCP endpoint. */
import { memoize } from '../lib/memoize.ts'
import type { Config, Route } from './config.ts'
import { pathOf } from './routePath.ts'

/**
 * The path of an MCP endpoint with a slash behind, "/mcp/", at which the endpoint answers as at its
 * own path: people type it so, and clients make it of "/mcp". Null for every other route.
 * See docs/decisions/0023.
 */
export function slashedPathOf(route: Route): string | null {
  return route.protocol === 'mcp' ? `${pathOf(route)}/` : null
}

/** Returns the slashed paths of a config, each with the path that it stands for. */
export const slashedPaths = memoize((config: Config): ReadonlyMap<string, string> => {
  const slashed = config.routes.filter((route) => slashedPathOf(route) !== null)
  return new Map(slashed.map((route) => [`${pathOf(route)}/`, pathOf(route)]))
})
