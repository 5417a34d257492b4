/** Finds routes that can never match a request, because another route or the gateway answers it. */

import type { Route } from './config.ts'
import { ownPathOf } from './ownPaths.ts'
import { type Pattern, shape } from './pattern.ts'
import { pathOf } from './routePath.ts'

/** The complaints about routes that can never match, and about routes that repeat another. */
export function routeClashes(routes: readonly Route[]): string[] {
  return [...unreachableRoutes(routes), ...shadowedRoutes(routes)]
}

/**
 * Routes of one shape: two that share a method, or a "*" of which other routes name every method.
 */
function unreachableRoutes(routes: readonly Route[]): string[] {
  const complaints: string[] = []
  const byShape = Map.groupBy(routes, (route) => shape(route))
  for (const alike of byShape.values()) {
    for (const [i, route] of alike.entries()) {
      const earlier = alike
        .slice(0, i)
        .find((other) => other.anyMethod === route.anyMethod && shares(other, route))
      if (earlier !== undefined)
        complaints.push(`route "${route.id}": duplicate of route "${earlier.id}"`)
      const named = alike.filter((other) => !other.anyMethod).flatMap((other) => other.methods)
      if (route.anyMethod && route.methods.every((method) => named.includes(method))) {
        complaints.push(
          `route "${route.id}": can never match: other routes name each of its methods`,
        )
      }
    }
  }
  return complaints
}

/** Routes on paths that the gateway answers itself. */
function shadowedRoutes(routes: readonly Route[]): string[] {
  return routes.flatMap((route) => {
    const path = ownPathOf(pathOf(route))
    return path === undefined
      ? []
      : [`route "${route.id}": can never match: the gateway itself answers ${path}`]
  })
}

function shares(a: Pattern, b: Pattern): boolean {
  return a.methods.some((method) => b.methods.includes(method))
}
