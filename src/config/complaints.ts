/** Says what is wrong with a config's form: the place, what is wrong, and what would be right. */
import type { z } from 'zod/mini'

type Issue = z.core.$ZodIssue
type Schema = z.core.$ZodType

/** At most so many names are listed, because a longer list is in docs/config.md. */
const MOST_LISTED = 12

const KINDS: Record<string, string> = {
  string: 'a text, in quotes',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list, in [ ]',
  tuple: 'a list, in [ ]',
  object: 'fields, in { }',
  record: 'names with values, in { }',
}

/** `route "GET /trends": timeout: "10 s" is not a duration; …` */
export function describeIssue(schema: Schema, config: unknown, issue: Issue): string {
  const [first, index, ...rest] = issue.path
  const says = sentence(schema, config, issue)
  if (first !== 'routes' || typeof index !== 'number')
    return [placeOf(issue.path), says].filter(Boolean).join(': ')
  const { route } = (config as { routes: { route?: unknown }[] }).routes[index] ?? {}
  const place = typeof route === 'string' ? `route "${route}"` : `route ${index + 1}`
  return [place, placeOf(rest), says].filter(Boolean).join(': ')
}

/** `["apiKeys", "headers", 0]` → "apiKeys.headers[0]", as code would say it. */
function placeOf(path: readonly PropertyKey[]): string {
  return path
    .map((name) => (typeof name === 'number' ? `[${name}]` : `.${String(name)}`))
    .join('')
    .slice(typeof path[0] === 'number' ? 0 : 1)
    .replace(/\s/g, ' ')
}

function sentence(schema: Schema, config: unknown, issue: Issue): string {
  const written = issue.path.reduce<unknown>(
    (value, name) => (value as Record<PropertyKey, unknown> | null | undefined)?.[name],
    config,
  )
  if (issue.code === 'unrecognized_keys') {
    const known = fieldNamesAt(schema, issue.path)
    const missing = known.filter((name) => Object(written)[name] === undefined)
    return `unknown field ${quoted(issue.keys)}; ${proposal(issue.keys, missing, known)}`
  }
  if (issue.code === 'invalid_key') return issue.issues[0]?.message ?? issue.message
  if (issue.code === 'invalid_value') {
    const values = issue.values.map(String)
    const form = `must be one of ${quoted(values)}`
    if (typeof written !== 'string') return form
    const near = nearest(written, values)
    return `"${written}" ${form}${near === undefined ? '' : `; write "${near}"`}`
  }
  if (issue.code !== 'invalid_type') return issue.message
  const kind = KINDS[issue.expected] ?? issue.expected
  if (written === undefined) return `is missing; write ${kind} (docs/config.md has an example)`
  if (issue.expected === 'number' && typeof written === 'string' && /^\d+$/.test(written))
    return `must be a number; write ${written}, without quotes`
  return `must be ${kind}`
}

/** Proposes what to write instead of unknown fields: the one that was meant, or all there are. */
function proposal(unknown: readonly string[], missing: string[], known: string[]): string {
  const [first = ''] = unknown
  if (known.includes('route') && /^(?:method|path|verb)$/i.test(first))
    return 'the method and the path are in "route", like "GET /users/:id"'
  const near = unknown.length === 1 ? nearest(first, missing) : undefined
  if (near !== undefined) return `did you mean "${near}"?`
  const listed = known.length > MOST_LISTED ? 'are in docs/config.md' : `are ${quoted(known)}`
  return `the fields here ${listed}`
}

const quoted = (names: readonly string[]) => names.map((name) => `"${name}"`).join(', ')

/**
 * The name that was probably meant: without case, "-" and "_" at most two letters away, of which
 * none is the first. Short texts must be nearer, because too many names are near them.
 */
function nearest(written: string, names: readonly string[]): string | undefined {
  const text = folded(written)
  const far = Math.min(2, Math.floor((text.length - 1) / 3))
  const [best] = names
    .map((name) => ({
      name,
      distance: beginsWith(name, text) ? 0 : distanceOf(text, folded(name)),
    }))
    .filter(({ name, distance }) => distance <= far && folded(name)[0] === text[0])
    .sort((a, b) => a.distance - b.distance)
  return best?.name
}

/** Whether a name begins with a text that is long enough to mean it. */
const beginsWith = (name: string, text: string) => text.length >= 5 && folded(name).startsWith(text)

const folded = (name: string) => name.toLowerCase().replace(/[-_ ]/g, '')

/** How many letters must be put in, left out or changed to make one text of the other. */
function distanceOf(a: string, b: string): number {
  let row = [...Array(b.length + 1).keys()]
  for (let i = 1; i <= a.length; i++) {
    const above = row
    row = [i]
    for (let j = 1; j <= b.length; j++) {
      const changed = (above[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1)
      row.push(Math.min(changed, (above[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1))
    }
  }
  return row[b.length] ?? 0
}

/** The names of an object's fields, at a place of the schema; none if the place is no object. */
function fieldNamesAt(schema: Schema, path: readonly PropertyKey[]): string[] {
  const [name, ...rest] = path
  const def = schema._zod.def as Def
  if (def.innerType !== undefined) return fieldNamesAt(def.innerType, path)
  if (def.options !== undefined) return def.options.flatMap((option) => fieldNamesAt(option, path))
  if (name === undefined) return Object.keys(def.shape ?? {})
  const next =
    def.shape?.[String(name)] ??
    def.valueType ??
    def.element ??
    def.items?.[Number(name)] ??
    def.rest
  return next ? fieldNamesAt(next, rest) : []
}

/** The members of the schema's definitions, of which the core's own types say only the type. */
interface Def {
  shape?: Record<string, Schema>
  valueType?: Schema
  element?: Schema
  items?: readonly Schema[]
  rest?: Schema | null
  innerType?: Schema
  options?: readonly Schema[]
}
