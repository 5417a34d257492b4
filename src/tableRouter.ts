/** How Hono finds what answers a request: by the table's own patterns, so that a row has one reading. */
import type { Params, Result, Router } from 'hono/router'
import { matches } from './lib/routes.ts'

/** What is registered for one path: a literal one, or one with parameters or a last "*". */
interface Entry<T> {
  segments: readonly string[]
  handlers: { method: string; handler: T }[]
}

const NO_PARAMETERS: Params = {}

/**
 * A router for a list of paths of which the more specific come first: the first one that names a request answers it,
 * and no other is asked. What is registered for "*" goes before all, and so must be registered before all.
 */
export class TableRouter<T> implements Router<T> {
  readonly name = 'TableRouter'
  readonly #everywhere: [T, Params][] = []
  readonly #literals = new Map<string, Entry<T>>()
  readonly #patterns = new Map<string, Entry<T>>()

  /** Throws for something on every path that comes after something on one. */
  add(method: string, path: string, handler: T): void {
    if (path === '/*' && method === 'ALL') {
      if (this.#literals.size + this.#patterns.size > 0)
        throw new Error('what every request meets must be registered first')
      this.#everywhere.push([handler, NO_PARAMETERS])
      return
    }
    const segments = segmentsOf(path)
    const isPattern = segments.some((segment) => segment.startsWith(':') || segment === '*')
    const entries = isPattern ? this.#patterns : this.#literals
    const entry = entries.get(path) ?? { segments, handlers: [] }
    entries.set(path, entry)
    entry.handlers.push({ method, handler })
  }

  match(method: string, path: string): Result<T> {
    const literal = handlersOf(this.#literals.get(path), method)
    if (literal.length > 0)
      return [[...this.#everywhere, ...literal.map(({ handler }) => pair(handler))]]
    const given = segmentsOf(path)
    for (const entry of this.#patterns.values()) {
      if (!matches(entry, given)) continue
      const handlers = handlersOf(entry, method)
      if (handlers.length === 0) continue
      const parameters = parametersOf(entry.segments, given)
      return [[...this.#everywhere, ...handlers.map(({ handler }) => pair(handler, parameters))]]
    }
    return [this.#everywhere]
  }
}

function handlersOf<T>(entry: Entry<T> | undefined, method: string) {
  return entry?.handlers.filter((one) => one.method === method || one.method === 'ALL') ?? []
}

function pair<T>(handler: T, parameters = NO_PARAMETERS): [T, Params] {
  return [handler, parameters]
}

function parametersOf(segments: readonly string[], given: readonly string[]): Params {
  const parameters: Params = {}
  for (const [i, segment] of segments.entries()) {
    if (segment.startsWith(':')) parameters[segment.slice(1)] = given[i] ?? ''
  }
  return parameters
}

const segmentsOf = (path: string) => (path === '/' ? [] : path.slice(1).split('/'))
