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
 * A router for a list of paths of which the more specific come first: all that name a request are asked, in their
 * order, until one answers. What is registered for "*" goes before all, and so must be registered before all.
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
    const found = [...this.#everywhere]
    const literal = this.#literals.get(path)
    if (literal !== undefined) found.push(...handlersOf(literal, method, NO_PARAMETERS))
    const given = segmentsOf(path)
    for (const entry of this.#patterns.values()) {
      if (!matches(entry, given)) continue
      found.push(...handlersOf(entry, method, parametersOf(entry.segments, given)))
    }
    return [found]
  }
}

function handlersOf<T>({ handlers }: Entry<T>, method: string, parameters: Params): [T, Params][] {
  const meant = handlers.filter((one) => one.method === method || one.method === 'ALL')
  return meant.map(({ handler }) => [handler, parameters])
}

function parametersOf(segments: readonly string[], given: readonly string[]): Params {
  const parameters: Params = {}
  for (const [i, segment] of segments.entries()) {
    if (segment.startsWith(':')) parameters[segment.slice(1)] = given[i] ?? ''
  }
  return parameters
}

const segmentsOf = (path: string) => (path === '/' ? [] : path.slice(1).split('/'))
