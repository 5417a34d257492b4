/**
 * Fills in placeholders: `{{name}}`, `{{name|upper}}`, `{{name|slice:0:-1}}`, `{{random64}}`,
 * `{{fill}}`.
 */
import { randomBytes } from 'node:crypto'

export type Values = ReadonlyMap<string, string>

const PLACEHOLDER = /\{\{([^}|]+)((?:\|[^}]+)?)\}\}/g

/** A copy of a part of a case in which every placeholder with a value is filled in. Others stay. */
export function fillIn<Part>(part: Part, values: Values, fill = ''): Part {
  // Only strings change, so the copy has the type of the part.
  return mapStrings(part, (text) => fillText(text, values, fill)) as Part
}

function mapStrings(part: unknown, change: (text: string) => string): unknown {
  if (typeof part === 'string') return change(part)
  if (Array.isArray(part)) return part.map((item) => mapStrings(item, change))
  if (typeof part !== 'object' || part === null) return part
  const entries = Object.entries(part).map(([name, value]) => [name, mapStrings(value, change)])
  return Object.fromEntries(entries)
}

function fillText(text: string, values: Values, fill: string): string {
  return text.replace(PLACEHOLDER, (whole, name: string, filters: string) => {
    const value = lookUp(name, values, fill)
    if (value === undefined) return whole
    return filters.split('|').filter(Boolean).reduce(applyFilter, value)
  })
}

function lookUp(name: string, values: Values, fill: string): string | undefined {
  if (name === 'random64') return randomBytes(32).toString('hex')
  return name === 'fill' ? fill : values.get(name)
}

function applyFilter(value: string, filter: string): string {
  const [operation, from, to] = filter.split(':')
  if (operation === 'upper') return value.toUpperCase()
  if (operation === 'slice')
    return value.slice(Number(from), to === undefined ? undefined : Number(to))
  throw new Error(`there is no filter "${filter}"`)
}
