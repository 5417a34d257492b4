/** Lists every field of the config file, from the schema that checks it. */
import type { z } from 'zod/mini'

/** A field of the config file. */
export interface Field {
  /** "apiKeys.prefix", "routes[].price", "origins.NAME.url". */
  path: string
  isRequired: boolean
  /** The value if the field is left out; undefined: none. */
  whenLeftOut: unknown
  /** The values that it can have, if they can be listed. */
  values: readonly string[]
}

type Schema = z.core.$ZodType

/** The fields of an object's schema, those of a field directly after it. */
export function fieldsOf(schema: Schema, path = ''): Field[] {
  const { def } = schema._zod
  if (isA(def, 'object'))
    return Object.entries(def.shape).flatMap(([name, member]) =>
      field(member, path === '' ? name : `${path}.${name}`),
    )
  if (isA(def, 'record')) return fieldsOf(def.valueType, `${path}.NAME`)
  if (isA(def, 'array')) return fieldsOf(def.element, `${path}[]`)
  if (isA(def, 'tuple')) return def.items[0] ? fieldsOf(def.items[0], `${path}[]`) : []
  return []
}

function field(schema: Schema, path: string): Field[] {
  let inner = schema
  let isRequired = true
  let whenLeftOut: unknown
  for (;;) {
    const { def } = inner._zod
    if (isA(def, 'optional')) inner = def.innerType
    else if (isA(def, 'default')) {
      whenLeftOut = def.defaultValue
      inner = def.innerType
    } else break
    isRequired = false
  }
  return [{ path, isRequired, whenLeftOut, values: valuesOf(inner) }, ...fieldsOf(inner, path)]
}

function valuesOf(schema: Schema): string[] {
  const { def } = schema._zod
  if (isA(def, 'enum')) return Object.values(def.entries).map((value) => `"${value}"`)
  if (isA(def, 'literal')) return def.values.map(String)
  if (isA(def, 'array')) return valuesOf(def.element)
  return def.type === 'boolean' ? ['true', 'false'] : []
}

/** The forms of definitions that the schema of the config uses. */
interface Defs {
  object: { shape: Record<string, Schema> }
  record: { valueType: Schema }
  array: { element: Schema }
  tuple: { items: readonly Schema[] }
  optional: { innerType: Schema }
  default: { innerType: Schema; defaultValue: unknown }
  enum: { entries: Record<string, string> }
  literal: { values: readonly unknown[] }
}

/** Narrows a definition by its type, because the core's own types say only the type's name. */
function isA<Name extends keyof Defs>(
  def: { type: string },
  name: Name,
): def is { type: Name } & Defs[Name] {
  return def.type === name
}
