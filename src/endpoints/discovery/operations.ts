/** The rows of the table as operations: one method on one path each, as documents about the API list them. */
import { belowBase, type Config, type Route } from '../../config/config.ts'
import { type Method, shape } from '../../config/pattern.ts'

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

/** The methods that a "*" row is listed with. */
const ANY_METHOD = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'] as const
/** Stands for all that a last "*" names below its parent; no row can write it. */
const REST = ':*'

/**
 * Every row as operations. A last "*" is two paths: its parent, and one parameter for everything below.
 * Of two rows that name one path and method, the one that is tried first is listed: it answers. HEAD
 * comes with GET, and is listed only for a row that names it alone.
 */
export function operationsOf(config: Config): Operation[] {
  const templates = new Map<string, Template>()
  const operations = new Map<string, Operation>()
  const ids = new Set<string>()
  for (const route of config.routes) {
    for (const segments of pathsOf(route)) {
      // Templates of one shape are one path, whatever their names (OpenAPI 3.1 section 4.8.8): the first names it.
      const key = shape({ ...route, segments })
      const template = templates.get(key) ?? templateOf(segments)
      templates.set(key, template)
      for (const method of listedMethods(route)) {
        const place = `${method} ${key}`
        if (operations.has(place)) continue
        const path = `/${segments.join('/')}`
        const id = free(ids, idOf(method, belowBase(config, path) ?? path))
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
    const name = free(names, isRest ? 'path' : segment.slice(1))
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

/** The name, or with the first number that nobody has; taken from now on. */
function free(taken: Set<string>, name: string): string {
  let unused = name
  for (let number = 2; taken.has(unused); number++) unused = `${name}${number}`
  taken.add(unused)
  return unused
}
