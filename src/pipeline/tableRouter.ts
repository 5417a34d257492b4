/**
 * Hono's router for the gateway. It finds handlers with the index that the stages find routes with,
 * so that a route has only one reading.
 * See docs/decisions/0006.
 */
import type { ParamIndexMap, Result, Router } from 'hono/router'
import { createPathIndex, segmentsOf } from '../config/routeIndex.ts'

interface Registration<T> {
  method: string
  handlers: [T, ParamIndexMap][]
}

/**
 * A router for handlers that each answer a request alone. The handler with the most specific path
 * that takes the request's method wins; of two on the same path, the handler that was registered
 * first.
 */
export class TableRouter<T> implements Router<T> {
  readonly name = 'TableRouter'
  readonly #index = createPathIndex<Registration<T>>()
  #last: { path: string; segments: string[]; parameters: ParamIndexMap } | undefined

  /** Registers a handler for a method, or for "ALL", on a path like "/x/:id" or "/x/*". */
  add(method: string, path: string, handler: T): void {
    // Hono registers one method after the other.
    if (this.#last?.path !== path) this.#last = readPattern(path)
    const { segments, parameters } = this.#last
    this.#index.add(segments, { method, handlers: [[handler, parameters]] })
  }

  /** Returns the one handler for a method and a path, with the path's segments; or no handler. */
  match(method: string, path: string): Result<T> {
    const segments = segmentsOf(path)
    for (const registration of this.#index.at(segments)) {
      if (registration.method === method || registration.method === 'ALL')
        return [registration.handlers, segments]
    }
    return [[], segments]
  }
}

/** Reads a path pattern. Its parameters are the numbers of their segments, by name. */
function readPattern(path: string) {
  const segments = segmentsOf(path)
  const parameters: ParamIndexMap = {}
  for (const [i, segment] of segments.entries()) {
    if (segment.startsWith(':')) parameters[segment.slice(1)] = i
  }
  return { path, segments, parameters }
}
