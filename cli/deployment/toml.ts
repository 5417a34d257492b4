/**
 * Reads and changes single values of `wrangler.toml` as text, so that its comments and its order
 * stay. Knows the forms that this project writes: one `name = "value"` on a line of its own, below
 * a `[table]` or in one `[[entry]]` of a list.
 */

/** A line that begins a table or an entry: `[vars]`, `[[d1_databases]]`; the name in group 1. */
const TABLE = /^\s*\[{1,2}([\w.]+)\]{1,2}\s*(?:#.*)?$/

/** The place of a line `name = …` in a table; for an entry of a list, of the entry with `where`. */
interface Place {
  table: string
  name: string
  /** A line that the entry must have too, like ["binding", "DB"]. */
  where?: readonly [name: string, value: string]
}

/** The value of a string in a table ("" for the lines above all tables), or undefined. */
export function tomlValue(
  text: string,
  table: string,
  name: string,
  where?: readonly [string, string],
): string | undefined {
  const lines = text.split('\n')
  const at = lineOf(lines, where === undefined ? { table, name } : { table, name, where })
  return at === null ? undefined : stringIn(lines[at] ?? '', name)
}

/**
 * The text with another value of a string. Throws an Error if the file has no such line, because a
 * value in the wrong place would be silently without effect.
 */
export function withTomlValue(
  text: string,
  table: string,
  name: string,
  value: string,
  where?: readonly [string, string],
): string {
  const lines = text.split('\n')
  const at = lineOf(lines, where === undefined ? { table, name } : { table, name, where })
  if (at === null) throw new Error(`wrangler.toml has no ${name} in [${table}]`)
  lines[at] = `${name} = ${JSON.stringify(value)}`
  return lines.join('\n')
}

function lineOf(lines: readonly string[], { table, name, where }: Place): number | null {
  let current = ''
  let start = 0
  const isMatch = (end: number): number | null => {
    if (current !== table) return null
    const entry = lines.slice(start, end)
    const [key = '', value] = where ?? []
    if (where !== undefined && !entry.some((line) => stringIn(line, key) === value)) return null
    const at = entry.findIndex((line) => stringIn(line, name) !== undefined)
    return at < 0 ? null : start + at
  }
  for (const [i, line] of lines.entries()) {
    const [, next] = TABLE.exec(line) ?? []
    if (next === undefined) continue
    const found = isMatch(i)
    if (found !== null) return found
    current = next
    start = i + 1
  }
  return isMatch(lines.length)
}

/** The string of a line `name = "value"`, perhaps with a comment behind it; else undefined. */
function stringIn(line: string, name: string): string | undefined {
  const [, written, quoted] = /^\s*([\w-]+)\s*=\s*("(?:[^"\\]|\\.)*"|'[^']*')/.exec(line) ?? []
  if (written !== name || quoted === undefined) return undefined
  if (quoted.startsWith("'")) return quoted.slice(1, -1)
  try {
    return JSON.parse(quoted) as string
  } catch {
    return undefined
  }
}

/** Whether a value is one that ships, and that a deployment must replace. */
export function isPlaceholder(value: string): boolean {
  if (/^(?:0x)?0+$/.test(value.replaceAll('-', ''))) return true
  const host = URL.canParse(value) ? new URL(value).hostname : ''
  return /(?:^|\.)example\.(?:com|org|net)$/.test(host)
}
