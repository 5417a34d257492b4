/** How Hono finds what answers a request: by the patterns of the route table, so that a route has one reading. */
import type { ParamIndexMap, Result, Router } from 'hono/router'
import { createPathIndex, segmentsOf } from '../config/routeIndex.ts'

interface Registered<T> {
  method: string
  handlers: [T, ParamIndexMap][]
}

/**
 * A router for handlers that answer a request alone: the most specific path with the request's method wins, and on
 * one path the handler that was registered first.
 */
export class TableRouter<T> implements Router<T> {
  readonly name = 'TableRouter'
  readonly #index = createPathIndex<Registered<T>>()

  /** Registers a handler for a method, or "ALL", on a path like "/x/:id" or "/x/*". */
  add(method: string, path: string, handler: T): void {
    const segments = segmentsOf(path)
    const parameters: ParamIndexMap = {}
    for (const [i, segment] of segments.entries()) {
      if (segment.startsWith(':')) parameters[segment.slice(1)] = i
    }
    this.#index.add(segments, { method, handlers: [[handler, parameters]] })
  }

  match(method: string, path: string): Result<T> {
    const segments = segmentsOf(path)
    for (const one of this.#index.at(segments)) {
      if (one.method === method || one.method === 'ALL') return [one.handlers, segments]
    }
    return [[], segments]
  }
}
