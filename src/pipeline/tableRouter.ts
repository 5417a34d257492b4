/** How Hono finds what answers a request: by the table's own patterns, so that a row has one reading. */
import type { ParamIndexMap, Result, Router } from 'hono/router'
import { matches } from '../config/pattern.ts'

/** Handlers in their order; of each, where among the path's segments its parameters are. */
type Handlers<T> = [T, ParamIndexMap][]

/** What is registered for one path: a literal one, or one with parameters or a last "*". */
interface Mount<T> {
  segments: readonly string[]
  parameters: ParamIndexMap
  handlers: { method: string; handler: T }[]
  /** What a request of a method meets, made when there is the first. */
  met: Map<string, Handlers<T>>
}

/**
 * A router for a list of paths of which the more specific come first: the first that names a request, with its
 * method, answers it. What is registered for "*" goes before all, and so must be registered before all.
 */
export class TableRouter<T> implements Router<T> {
  readonly name = 'TableRouter'
  readonly #everywhere: Handlers<T> = []
  readonly #literals = new Map<string, Mount<T>>()
  readonly #patterns = new Map<string, Mount<T>>()

  /** Throws for something on every path that comes after something on one. */
  add(method: string, path: string, handler: T): void {
    if (path === '/*' && method === 'ALL') {
      if (this.#literals.size + this.#patterns.size > 0)
        throw new Error('what every request meets must be registered first')
      this.#everywhere.push([handler, {}])
      return
    }
    const segments = segmentsOf(path)
    const isPattern = segments.some((segment) => segment.startsWith(':') || segment === '*')
    const entries = isPattern ? this.#patterns : this.#literals
    const entry = entries.get(path) ?? entryOf<T>(segments)
    entries.set(path, entry)
    entry.handlers.push({ method, handler })
  }

  match(method: string, path: string): Result<T> {
    const given = segmentsOf(path)
    const literal = this.#literals.get(path)
    const found = literal && this.#metAt(literal, method)
    return [found ?? this.#metAtPattern(given, method) ?? this.#everywhere, given]
  }

  #metAtPattern(given: readonly string[], method: string): Handlers<T> | undefined {
    for (const entry of this.#patterns.values()) {
      const found = matches(entry, given) ? this.#metAt(entry, method) : undefined
      if (found !== undefined) return found
    }
    return undefined
  }

  #metAt(entry: Mount<T>, method: string): Handlers<T> | undefined {
    const known = entry.met.get(method)
    if (known !== undefined) return known
    const meant = entry.handlers.filter((one) => one.method === method || one.method === 'ALL')
    if (meant.length === 0) return undefined
    const own = meant.map(({ handler }): [T, ParamIndexMap] => [handler, entry.parameters])
    const met = [...this.#everywhere, ...own]
    entry.met.set(method, met)
    return met
  }
}

function entryOf<T>(segments: readonly string[]): Mount<T> {
  const parameters: ParamIndexMap = {}
  for (const [i, segment] of segments.entries()) {
    if (segment.startsWith(':')) parameters[segment.slice(1)] = i
  }
  return { segments, parameters, handlers: [], met: new Map() }
}

const segmentsOf = (path: string) => (path === '/' ? [] : path.slice(1).split('/'))
