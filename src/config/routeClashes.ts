/** Rows of which one takes everything from another. */
import type { Route } from './config.ts'
import { ownPathOf } from './ownPaths.ts'
import { type Pattern, shape } from './pattern.ts'

/** A complaint about each row that can never match, or that says again what another says. */
export function rowClashes(routes: readonly Route[]): string[] {
  return [...unreachableRows(routes), ...shadowedRows(routes)]
}

/** Two rows of one shape and one method, and rows of which named methods leave nothing over. */
function unreachableRows(routes: readonly Route[]): string[] {
  const complaints: string[] = []
  const byShape = Map.groupBy(routes, (route) => shape(route))
  for (const rows of byShape.values()) {
    for (const [i, row] of rows.entries()) {
      const earlier = rows
        .slice(0, i)
        .find((other) => other.anyMethod === row.anyMethod && shares(other, row))
      if (earlier !== undefined)
        complaints.push(`row "${row.id}": duplicate of row "${earlier.id}"`)
      const named = rows.filter((other) => !other.anyMethod).flatMap((other) => other.methods)
      if (row.anyMethod && row.methods.every((method) => named.includes(method))) {
        complaints.push(`row "${row.id}": can never match: other rows name each of its methods`)
      }
    }
  }
  return complaints
}

/** Routes on paths that the gateway answers itself. */
function shadowedRows(routes: readonly Route[]): string[] {
  return routes.flatMap((route) => {
    const path = ownPathOf(`/${route.segments.join('/')}`)
    return path === undefined
      ? []
      : [`row "${route.id}": can never match: the gateway itself answers ${path}`]
  })
}

function shares(a: Pattern, b: Pattern): boolean {
  return a.methods.some((method) => b.methods.includes(method))
}
