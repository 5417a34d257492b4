/** Writes `docs/config.md`: the reference of the config file. */
import { configSchema } from '../../src/config/schema.ts'
import { docstrings } from './docstrings.ts'
import { EXAMPLE } from './example.ts'
import { type Field, fieldsOf } from './fields.ts'

const HEAD = `# The config file

Every field of [\`src/gateway.config.ts\`](../src/gateway.config.ts), from the schema that checks it.
\`npm run reference\` writes this page, and a test holds that it is up to date and that its examples are right. A field
with no default must be there. An unknown field is an error, and every mistake is told with the field and what would be
right: by the compiler, by \`npm run dev\` at each save, by \`npm run build\`, and by \`npm run deploy\`.

**Forms.** A duration is a number of \`ms\`, \`s\`, \`m\`, \`h\` or \`d\`: "500ms", "10s", "30d". A limit is a number in a
duration, "20/60s", or "unlimited". A size is a number of \`b\`, \`kb\` or \`mb\`. A price is a decimal in a string.
A variable, secret or binding is named in capitals: "ORIGIN_URL".
`

/** The text of the page. */
export function referenceText(): string {
  const says = docstrings()
  const fields = fieldsOf(configSchema)
  const isPart = ({ path }: Field) => /[.[]/.test(path)
  const sections = Object.keys(configSchema._zod.def.shape).filter((name) =>
    fields.some((field) => isPart(field) && sectionOf(field) === name),
  )
  const alone = fields.filter((field) => !sections.includes(sectionOf(field)))
  const top = Object.fromEntries(alone.map(({ path }) => [path, valueAt(path)]))
  const parts = [
    `${HEAD}\n## At the top\n\n${tableOf(alone, says)}\n\n${fenced(source(top))}`,
    ...sections.map((name) => {
      const own = fields.filter((field) => sectionOf(field) === name)
      return `## \`${name}\`\n\n${tableOf(own, says)}\n\n${fenced(source({ [name]: valueAt(name) }))}`
    }),
  ]
  return `${parts.join('\n\n')}\n`
}

const sectionOf = ({ path }: Field) => /^\w+/.exec(path)?.[0] ?? path
const valueAt = (name: string) => (EXAMPLE as unknown as Record<string, unknown>)[name]
const fenced = (text: string) => `\`\`\`ts\n${text}\n\`\`\``

function tableOf(fields: readonly Field[], says: (path: string) => string): string {
  const rows = fields.map((field) => {
    const values = field.values.length > 0 ? `${field.values.join(', ')}. ` : ''
    const sentences = says(field.path).replace(/\s+/g, ' ').replaceAll('|', '\\|')
    return `| \`${field.path}\` | ${defaultOf(field)} | ${(values + sentences).trim()} |`
  })
  return ['| field | default | |', '|---|---|---|', ...rows].join('\n')
}

function defaultOf({ isRequired, whenLeftOut }: Field): string {
  if (isRequired) return '**required**'
  const isPlain = ['string', 'boolean'].includes(typeof whenLeftOut)
  return isPlain ? `\`${JSON.stringify(whenLeftOut)}\`` : 'see there'
}

/** A value as TypeScript, in lines of at most 100 columns as far as they can be broken. */
function source(value: object): string {
  return linesOf(value, '').slice(1, -1).join('\n').replace(/^ {2}/gm, '')
}

function linesOf(value: unknown, indent: string): string[] {
  const line = inline(value)
  const isShort = indent !== '' && indent.length + line.length <= 88
  if (typeof value !== 'object' || value === null || isShort) return [line]
  const [open, close] = Array.isArray(value) ? '[]' : '{}'
  const inner = Object.entries(value).flatMap(([name, member]) => {
    const [first = '', ...rest] = linesOf(member, `${indent}  `)
    const start = Array.isArray(value) ? first : `${keyOf(name)}: ${first}`
    const all = [`${indent}  ${start}`, ...rest]
    return [...all.slice(0, -1), `${all.at(-1)},`]
  })
  return [open ?? '', ...inner, `${indent}${close}`]
}

function inline(value: unknown): string {
  if (typeof value === 'string') return `'${value}'`
  if (Array.isArray(value)) return `[${value.map(inline).join(', ')}]`
  if (typeof value !== 'object' || value === null) return String(value)
  const members = Object.entries(value).map(([name, one]) => `${keyOf(name)}: ${inline(one)}`)
  return `{ ${members.join(', ')} }`
}

const keyOf = (name: string) => (/^\w+$/.test(name) ? name : `'${name}'`)
