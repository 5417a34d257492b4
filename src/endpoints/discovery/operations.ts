/**
 * The routes of the table as operations, one method on one path each, as the documents list them.
 */

import { belowBase, type Config, type Route } from '../../config/config.ts'
import { type Method, shape } from '../../config/pattern.ts'
import { pathOf } from '../../config/routePath.ts'

interface Template {
  /** The whole path, with `{name}` for each parameter. */
  path: string
  parameters: readonly { name: string; isRest: boolean }[]
}

export interface Operation extends Template {
  /** Camel case; no other operation has it. */
  id: string
  method: Method
  route: Route
}

/** The methods that are listed for a route of every method. */
const ANY_METHOD = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'] as const
/**
 * A segment for everything that a last "*" matches below its parent; no route of a config can have
 * it.
 */
const REST = ':*'

/**
 * Every route as operations. A last "*" gives two paths: its parent, and the parent with one
 * parameter for everything below. If two routes have the same path and method, the first is listed,
 * because it answers. HEAD comes with GET, and is listed only for a route of HEAD alone.
 */
export function operationsOf(config: Config): Operation[] {
  const templates = new Map<string, Template>()
  const operations = new Map<string, Operation>()
  const ids = new Set<string>()
  for (const route of config.routes) {
    for (const segments of pathsOf(route)) {
      // Paths that differ only in parameter names are the same path (OpenAPI 3.1 section 4.8.8):
      // the first one names it.
      const key = shape({ ...route, segments })
      const template = templates.get(key) ?? templateOf(segments)
      templates.set(key, template)
      for (const method of listedMethods(route)) {
        const place = `${method} ${key}`
        if (operations.has(place)) continue
        const path = pathOf({ segments })
        const id = unusedName(ids, idOf(method, belowBase(config, path) ?? path))
        operations.set(place, { ...template, id, method, route })
      }
    }
  }
  return [...operations.values()]
}

function pathsOf({ segments }: Route): (readonly string[])[] {
  if (segments.at(-1) !== '*') return [segments]
  const parent = segments.slice(0, -1)
  return [parent, [...parent, REST]]
}

function templateOf(segments: readonly string[]): Template {
  const names = new Set<string>()
  const parameters: Template['parameters'][number][] = []
  const parts = segments.map((segment) => {
    if (!segment.startsWith(':')) return segment
    const isRest = segment === REST
    const name = unusedName(names, isRest ? 'path' : segment.slice(1))
    parameters.push({ name, isRest })
    return `{${name}}`
  })
  return { path: `/${parts.join('/')}`, parameters }
}

function listedMethods({ anyMethod, methods }: Route): readonly Method[] {
  const named: readonly Method[] = anyMethod ? ANY_METHOD : methods
  return named.filter((method) => method !== 'HEAD' || !named.includes('GET'))
}

/** "GET", "/x/tweets/:id" → "getXTweetsById". */
function idOf(method: Method, path: string): string {
  const words = path.split('/').flatMap((segment) => {
    if (segment === REST) return ['below']
    return segment.startsWith(':') ? ['by', segment.slice(1)] : segment.split(/[^A-Za-z0-9]+/)
  })
  const capitalised = words.map((word) => word.charAt(0).toUpperCase() + word.slice(1))
  return method.toLowerCase() + (capitalised.join('') || 'Root')
}

/** The name, with a number appended if it is taken; adds it to `taken`. */
function unusedName(taken: Set<string>, name: string): string {
  let unused = name
  for (let number = 2; taken.has(unused); number++) unused = `${name}${number}`
  taken.add(unused)
  return unused
}
