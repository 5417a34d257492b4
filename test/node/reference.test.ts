/** The reference of the config: it is what the schema says, and its examples are right. */
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { docstrings } from '../../cli/reference/docstrings.ts'
import { EXAMPLE } from '../../cli/reference/example.ts'
import { fieldsOf } from '../../cli/reference/fields.ts'
import { referenceText } from '../../cli/reference/write.ts'
import { parseConfig } from '../../src/config/defineGateway.ts'
import { configSchema } from '../../src/config/schema.ts'

const fields = fieldsOf(configSchema)
const page = readFileSync('docs/config.md', 'utf8')

/** Every path that a value has, in the form of a field's path. */
function pathsIn(value: unknown, path = ''): string[] {
  if (Array.isArray(value)) return [path, ...value.flatMap((one) => pathsIn(one, `${path}[]`))]
  if (typeof value !== 'object' || value === null) return [path]
  const below = Object.entries(value).flatMap(([name, member]) => {
    const isNamed = path === 'origins'
    return pathsIn(member, isNamed ? `${path}.NAME` : path === '' ? name : `${path}.${name}`)
  })
  return [path, ...below]
}

describe('docs/config.md', () => {
  it('is what `npm run reference` writes', () => {
    expect(page).toBe(referenceText())
  })

  it('has every field of the schema, each with a sentence', () => {
    expect(fields.length).toBeGreaterThan(90)
    const says = docstrings()
    for (const { path } of fields) {
      expect(page).toContain(`| \`${path}\` |`)
      // The parts of a form are told where the form is.
      const parent = path.replace(/\.\w+$/, '')
      expect(says(path) || says(parent), path).not.toBe('')
    }
  })

  it('has an example of every field, and all of them together are a config', () => {
    const shown = new Set(pathsIn(EXAMPLE))
    expect(fields.map(({ path }) => path).filter((path) => !shown.has(path))).toEqual([])
    const parsed = parseConfig(EXAMPLE)
    expect(parsed.routes).toHaveLength(EXAMPLE.routes.length)
  })

  it('has examples that read as the values that they show', async () => {
    const blocks = [...page.matchAll(/```ts\n(.*?)```/gs)].map(([, text = '']) => text)
    const source = `export default {\n${blocks.join('\n')}\n}`
    const url = `data:text/javascript;base64,${Buffer.from(source).toString('base64')}`
    const { default: read } = (await import(url)) as { default: unknown }
    expect(read).toEqual(EXAMPLE)
  })
})
